package io.batchnorm.benchmarks.pipeline;

import io.batchnorm.benchmarks.Shape;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.exchange.NpyArray;
import io.batchnorm.exchange.NpyWriter;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/** Records of one shape, made before the clock starts; in turn, whoever asks for the next. */
final class Input {
  /** More than a first-level cache holds, less than would take long to make. */
  private static final int BYTES = 64 << 20;

  private static final int MOST = 32;

  private final int[] shape;
  private final String[] keys;
  private final float[][] values;
  private final byte[][] npy;

  Input(Settings settings) {
    shape = Arrays.stream(Shape.parse(settings.shape()).sizes()).mapToInt(i -> (int) i).toArray();
    keys = IntStream.range(0, settings.keys()).mapToObj(i -> "camera-" + i).toArray(String[]::new);
    int records = (int) Math.max(1, Math.min(MOST, BYTES / settings.bytesPerRecord()));
    values = new float[records][];
    npy = new byte[records][];
    for (int i = 0; i < records; i++) {
      values[i] = values(new Random(i), Shape.parse(settings.shape()).values());
      npy[i] = NpyWriter.toBytes(new NpyArray(shape, values[i]));
    }
  }

  private static float[] values(Random random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (3 + 2 * random.nextGaussian());
    }
    return values;
  }

  String key(long record) {
    return keys[(int) (record % keys.length)];
  }

  /** As a topic has them. */
  byte[] npy(long record) {
    return npy[(int) (record % npy.length)];
  }

  float[] values(long record) {
    return values[(int) (record % values.length)];
  }

  int[] shape() {
    return shape;
  }

  FeatureMap features(long record) {
    return FeatureMap.of(values(record), shape);
  }
}
