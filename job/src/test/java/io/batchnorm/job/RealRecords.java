package io.batchnorm.job;

import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Records of the bundled readings and images. Keys have numbers of records that batches of {@link
 * #BATCH} divide, so that none of them waits at the end.
 */
final class RealRecords {
  static final int BATCH = 20;
  static final int READINGS = 50_000;
  static final int IMAGES = 2_000;
  private static final int SENSORS = 5;
  private static final int CAMERAS = 10;
  private static final int SIDE = 28;
  private static final String FOLDER = "/demo/";

  private RealRecords() {}

  /** One image to every 25 readings, as samples of one topic. */
  static List<ProducerRecord<byte[], byte[]>> mixed(String topic) throws IOException {
    List<float[]> readings = readings();
    List<float[]> images = images();
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < READINGS; i++) {
      // The bundled readings come again and again, under ids of their own.
      float[] reading = readings.get(i % readings.size());
      records.add(TopicRecords.npy(topic, "sensor-" + i % SENSORS, "r" + i, reading, 2));
      if (i % (READINGS / IMAGES) == 0) {
        int image = i / (READINGS / IMAGES);
        String key = "camera-" + image % CAMERAS;
        records.add(TopicRecords.npy(topic, key, "i" + image, images.get(image), 1, SIDE, SIDE));
      }
    }
    return records;
  }

  private static List<float[]> readings() throws IOException {
    try (BufferedReader rows =
        new BufferedReader(
            new InputStreamReader(
                open("sensors/suthaharan-multi-hop-sensor-network.csv.gz"),
                StandardCharsets.UTF_8))) {
      return rows.lines()
          .skip(1)
          .map(row -> row.split(","))
          .map(cells -> new float[] {Float.parseFloat(cells[3]), Float.parseFloat(cells[4])})
          .toList();
    }
  }

  private static List<float[]> images() throws IOException {
    List<float[]> images = new ArrayList<>();
    try (DataInputStream in =
        new DataInputStream(open("images/fashion-t10k-first2000-images-idx3-ubyte.gz"))) {
      in.readFully(new byte[16]);
      for (int i = 0; i < IMAGES; i++) {
        float[] image = new float[SIDE * SIDE];
        for (int j = 0; j < image.length; j++) {
          image[j] = in.readUnsignedByte() / 255f;
        }
        images.add(image);
      }
    }
    return images;
  }

  private static InputStream open(String name) throws IOException {
    return new GZIPInputStream(RealRecords.class.getResourceAsStream(FOLDER + name));
  }
}
