package io.batchnorm.kernel;

import java.util.Arrays;

/**
 * Mean and M2 of one block after another, merged into those of its channel. What an implementation
 * adds is the loop over the values: {@link Deviations}.
 */
final class BlockMoments {
  /** The loop that takes nearly all of the time. */
  interface Deviations {
    /**
     * Adds {@code d = v - reference} of value {@code k} to lane {@code k mod LANES} of {@code
     * sums}, and {@code d * d} to that of {@code squares}, fused. What the lanes held before is
     * lost.
     */
    void add(float[] v, int offset, int length, double reference, double[] sums, double[] squares);
  }

  private final Deviations deviations;
  private final double[] mean;
  private final double[] m2;
  private final double[] sums;
  private final double[] squares;

  /**
   * @param mean means of all channels so far, 0 before the first block
   * @param m2 sums of squared deviations of all channels so far
   */
  BlockMoments(Deviations deviations, double[] mean, double[] m2) {
    this.deviations = deviations;
    this.mean = mean;
    this.m2 = m2;
    this.sums = Scratch.ofThread().sums;
    this.squares = Scratch.ofThread().squares;
  }

  /**
   * Adds a block to channel {@code c}.
   *
   * @param length values in the block, at least 1
   * @param before values of that channel in earlier blocks
   */
  void add(float[] v, int offset, int length, int c, int before) {
    double reference = reference(v, offset, length);
    deviations.add(v, offset, length, reference, sums, squares);
    double s1 = folded(sums);
    double h = s1 / length;
    double blockM2 = folded(squares) - s1 * h;
    ChanMerge.add(mean, m2, c, before, checked(reference + h, v, offset, length), blockM2, length);
  }

  private double reference(float[] v, int offset, int length) {
    if (length >= Kernels.LANES) {
      return (quarter(v, offset)
              + quarter(v, offset + 2)
              + (quarter(v, offset + 1) + quarter(v, offset + 3)))
          / Kernels.LANES;
    }
    for (int l = 0; l < length; l++) {
      sums[l] = v[offset + l];
    }
    Arrays.fill(sums, length, Kernels.LANES, 0.0);
    return folded(sums) / length;
  }

  private static double quarter(float[] v, int at) {
    return ((double) v[at] + v[at + 8]) + ((double) v[at + 4] + v[at + 12]);
  }

  private static double folded(double[] lanes) {
    return folded(lanes, 0, 1);
  }

  /**
   * The sum of lanes that lie {@code step} apart, by halves: a tree of those 8 lanes apart, then 4,
   * 2, 1.
   */
  static double folded(double[] lanes, int at, int step) {
    return (quarter(lanes, at, step) + quarter(lanes, at + 2 * step, step))
        + (quarter(lanes, at + step, step) + quarter(lanes, at + 3 * step, step));
  }

  private static double quarter(double[] lanes, int at, int step) {
    return (lanes[at] + lanes[at + 8 * step]) + (lanes[at + 4 * step] + lanes[at + 12 * step]);
  }

  /** The mean, or what a plain sum would have said of values that are not all finite. */
  private static double checked(double mean, float[] v, int offset, int length) {
    if (Double.isFinite(mean)) {
      return mean;
    }
    double sum = 0;
    for (int k = 0; k < length; k++) {
      sum += v[offset + k];
    }
    return sum / length;
  }
}
