package io.batchnorm.kernel;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

final class RandomValues {
  /** What arithmetic stumbles over; several of each, so that they meet. */
  private static final float[] AWKWARD = {
    Float.NaN,
    Float.POSITIVE_INFINITY,
    Float.NEGATIVE_INFINITY,
    Float.MAX_VALUE,
    -Float.MAX_VALUE,
    Float.MIN_VALUE,
    -Float.MIN_NORMAL / 3,
    0f,
    -0f
  };

  private RandomValues() {}

  /**
   * Magnitudes over many binary orders, so that every order of addition rounds differently, and a
   * mean that grows, so that the blocks' means are as far apart as their values.
   */
  static float[] floats(int length, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      double drift = 1 + i / 1024.0;
      values[i] = (float) (drift * Math.scalb(random.nextDouble() - 0.3, random.nextInt(60) - 30));
    }
    return values;
  }

  /** The same, with some awkward values among them. */
  static float[] awkwardFloats(int length, int awkward, long seed) {
    float[] values = floats(length, seed);
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < awkward; i++) {
      values[random.nextInt(length)] = AWKWARD[random.nextInt(AWKWARD.length)];
    }
    return values;
  }

  static double[] doubles(int length, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return IntStream.range(0, length).mapToDouble(i -> 4 * random.nextDouble() - 2).toArray();
  }
}
