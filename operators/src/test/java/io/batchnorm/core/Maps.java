package io.batchnorm.core;

import java.util.Arrays;
import java.util.SplittableRandom;

/** Feature maps for tests. */
final class Maps {
  private Maps() {}

  /** Values around a mean of up to 1e4 with a spread of 1e-2 to 1e3, all drawn from the seed. */
  static FeatureMap random(long seed, int... shape) {
    SplittableRandom random = new SplittableRandom(seed);
    double mean = random.nextInt(3) == 0 ? 0 : 2e4 * random.nextDouble() - 1e4;
    double spread = Math.pow(10, -2 + 5 * random.nextDouble());
    float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (mean + spread * (2 * random.nextDouble() - 1));
    }
    return FeatureMap.of(values, shape);
  }

  static FeatureMap filled(float value, int... shape) {
    float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
    Arrays.fill(values, value);
    return FeatureMap.of(values, shape);
  }

  /** Rows {@code from} to {@code to} of a map, all of it but N the same. */
  static FeatureMap rows(FeatureMap x, int from, int to) {
    int[] shape = x.shape();
    int size = x.values().length / shape[0];
    shape[0] = to - from;
    return FeatureMap.of(Arrays.copyOfRange(x.values(), from * size, to * size), shape);
  }

  /** Channels {@code from} to {@code to} of a map, all of it but C the same. */
  static FeatureMap channels(FeatureMap x, int from, int to) {
    int[] shape = x.shape();
    int channels = shape[1];
    int plane = x.values().length / shape[0] / channels;
    float[] values = new float[shape[0] * (to - from) * plane];
    for (int n = 0; n < shape[0]; n++) {
      System.arraycopy(
          x.values(),
          (n * channels + from) * plane,
          values,
          n * (to - from) * plane,
          (to - from) * plane);
    }
    shape[1] = to - from;
    return FeatureMap.of(values, shape);
  }

  /** {@code (N, C, L)} as {@code (N * L, C)}: position (n, c, l) becomes (n * L + l, c). */
  static FeatureMap flattened(FeatureMap x) {
    int[] shape = x.shape();
    float[] values = new float[x.values().length];
    for (int n = 0; n < shape[0]; n++) {
      for (int c = 0; c < shape[1]; c++) {
        for (int l = 0; l < shape[2]; l++) {
          values[(n * shape[2] + l) * shape[1] + c] = x.values()[(n * shape[1] + c) * shape[2] + l];
        }
      }
    }
    return FeatureMap.of(values, shape[0] * shape[2], shape[1]);
  }
}
