package io.batchnorm.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.exchange.NpyArray;
import io.batchnorm.exchange.NpyWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/** Records of topics as users write and read them. */
final class TopicRecords {
  private TopicRecords() {}

  static ProducerRecord<byte[], byte[]> npy(
      String topic, String key, String id, float[] values, int... shape) {
    return record(topic, key, id, NpyWriter.toBytes(new NpyArray(shape, values)));
  }

  static ProducerRecord<byte[], byte[]> json(
      String topic, String key, String id, FeatureMap batch) {
    String value =
        "{\"id\":\"%s\",\"shape\":%s,\"values\":%s}"
            .formatted(id, Arrays.toString(batch.shape()), Arrays.toString(batch.values()));
    return record(topic, key, null, value.getBytes(UTF_8));
  }

  static ProducerRecord<byte[], byte[]> record(String topic, String key, String id, byte[] value) {
    byte[] keyBytes = key == null ? null : key.getBytes(UTF_8);
    List<Header> headers =
        id == null ? List.of() : List.of(new RecordHeader("id", id.getBytes(UTF_8)));
    return new ProducerRecord<>(topic, null, null, keyBytes, value, headers);
  }

  /** A batch whose values follow from its names, with a mean and spread of their own. */
  static FeatureMap random(String key, String id, int... shape) {
    Random random = new Random((key + "/" + id).hashCode());
    int count = 1;
    for (int size : shape) {
      count *= size;
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (5 * random.nextGaussian() + key.length());
    }
    return FeatureMap.of(values, shape);
  }

  static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    Header header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), UTF_8);
  }

  static String key(ConsumerRecord<byte[], byte[]> record) {
    return record.key() == null ? null : new String(record.key(), UTF_8);
  }

  /** Records by {@code KEY/ID}, which must be there once each. */
  static Map<String, ConsumerRecord<byte[], byte[]>> byId(
      List<ConsumerRecord<byte[], byte[]>> records) {
    Map<String, ConsumerRecord<byte[], byte[]>> byId = new TreeMap<>();
    List<String> twice = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : records) {
      String id = key(record) + "/" + header(record, "id");
      if (byId.put(id, record) != null) {
        twice.add(id);
      }
    }
    if (!twice.isEmpty()) {
      throw new AssertionError("came more than once: " + twice);
    }
    return byId;
  }
}
