package io.batchnorm.job;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.exchange.NpyArray;
import io.batchnorm.exchange.NpyReader;
import io.batchnorm.exchange.NpyWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A folder of {@code KEY/ID.npy} files. */
record NpyFolder(Path root) {

  /** Writes values that follow from the path alone, with a mean and spread of their own. */
  FeatureMap random(String path, int... shape) {
    Random random = new Random(path.hashCode());
    int count = 1;
    for (int size : shape) {
      count *= size;
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (5 * random.nextGaussian() + path.length());
    }
    return values(path, values, shape);
  }

  /** Writes these values. */
  FeatureMap values(String path, float[] values, int... shape) {
    bytes(path, NpyWriter.toBytes(new NpyArray(shape, values)));
    return shape.length < 2 || shape.length > 5 ? null : FeatureMap.of(values, shape);
  }

  /** Writes a version 1.0 file of any type and shape. */
  void raw(String path, String descr, String shape, byte[] data) {
    String header =
        "{'descr': '%s', 'fortran_order': False, 'shape': %s, }".formatted(descr, shape);
    header = header + " ".repeat(127 - 10 - header.length()) + "\n";
    byte[] bytes = new byte[128 + data.length];
    byte[] magic = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0};
    System.arraycopy(magic, 0, bytes, 0, 10);
    System.arraycopy(header.getBytes(StandardCharsets.US_ASCII), 0, bytes, 10, 118);
    System.arraycopy(data, 0, bytes, 128, data.length);
    bytes(path, bytes);
  }

  void bytes(String path, byte[] bytes) {
    try {
      Path file = root.resolve(path);
      Files.createDirectories(file.getParent());
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  NpyArray read(String path) {
    try {
      return NpyReader.read(root.resolve(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What {@link #values} wrote. */
  FeatureMap feature(String path) {
    NpyArray array = read(path);
    return FeatureMap.of(array.values(), array.shape());
  }

  /** The bytes of every file below the folder in hexadecimal, by its path there. */
  Map<String, String> contents() {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.put(
            root.relativize(file).toString(), HexFormat.of().formatHex(Files.readAllBytes(file)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return contents;
  }
}
