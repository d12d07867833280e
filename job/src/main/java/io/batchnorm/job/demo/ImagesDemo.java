package io.batchnorm.job.demo;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Moments;
import io.batchnorm.exchange.NpyArray;
import io.batchnorm.exchange.NpyReader;
import java.awt.image.BufferedImage;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.imageio.ImageIO;

/** Images of clothes, 28 x 28 grey, by class. */
public final class ImagesDemo implements Demo {
  private static final List<String> CLASSES =
      List.of(
          "t-shirt",
          "trouser",
          "pullover",
          "dress",
          "coat",
          "sandal",
          "shirt",
          "sneaker",
          "bag",
          "ankle-boot");
  private static final String IMAGES = "images/fashion-t10k-first2000-images-idx3-ubyte.gz";
  private static final String LABELS = "images/fashion-t10k-first2000-labels-idx1-ubyte.gz";

  @Override
  public String name() {
    return "images";
  }

  @Override
  public String description() {
    return "2,000 images of Fashion-MNIST (Zalando SE, MIT licence), keyed by their class";
  }

  @Override
  public List<String> channels() {
    return List.of("grey");
  }

  @Override
  public int valuesPerSample() {
    return 28 * 28;
  }

  @Override
  public int freezeAfter() {
    return 4;
  }

  @Override
  public SortedMap<String, Moments> unpack(Path folder) throws IOException {
    SortedMap<String, Moments> moments = new TreeMap<>();
    try (DataInputStream images = new DataInputStream(Resources.open(IMAGES));
        DataInputStream labels = new DataInputStream(Resources.open(LABELS))) {
      images.readInt();
      int count = images.readInt();
      int height = images.readInt();
      int width = images.readInt();
      labels.readLong();
      for (int i = 0; i < count; i++) {
        String key = CLASSES.get(labels.readUnsignedByte());
        byte[] pixels = images.readNBytes(height * width);
        write(folder.resolve("input").resolve(key), i, pixels, width, height);
        moments.merge(key, momentsOf(pixels, width, height), Moments::merge);
      }
    }
    return moments;
  }

  private static void write(Path folder, int number, byte[] pixels, int width, int height)
      throws IOException {
    Files.createDirectories(folder);
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
    image.getRaster().setDataElements(0, 0, width, height, pixels);
    Path file = folder.resolve(String.format(Locale.ROOT, "%05d.png", number));
    ImageIO.write(image, "png", file.toFile());
  }

  private static Moments momentsOf(byte[] pixels, int width, int height) {
    float[] values = new float[pixels.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Byte.toUnsignedInt(pixels[i]) / 255f;
    }
    return Moments.of(FeatureMap.of(values, 1, 1, height, width));
  }

  @Override
  public List<String> input(String folder) {
    return List.of("--input", "images:" + folder);
  }

  @Override
  public String output(String folder) {
    return "npy:" + folder;
  }

  @Override
  public List<String> settings() {
    return List.of("--averaging", "cumulative");
  }

  @Override
  public SortedMap<String, Moments> normalized(Path folder) throws IOException {
    SortedMap<String, Moments> moments = new TreeMap<>();
    for (String key : CLASSES) {
      try (Stream<Path> files = Files.list(folder.resolve(key))) {
        for (Path file : (Iterable<Path>) files.sorted()::iterator) {
          NpyArray image = NpyReader.read(file);
          int[] shape = image.shape();
          FeatureMap sample = FeatureMap.of(image.values(), 1, shape[0], shape[1], shape[2]);
          moments.merge(key, Moments.of(sample), Moments::merge);
        }
      }
    }
    return moments;
  }
}
