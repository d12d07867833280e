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
     * sums}, and {@code d * d} to that of {@code squares}. What the lanes held before is lost.
     */
    void add(float[] v, int offset, int length, double reference, double[] sums, double[] squares);
  }

  private final Deviations deviations;
  private final double[] mean;
  private final double[] m2;
  private final double[] sums = new double[Kernels.LANES];
  private final double[] squares = new double[Kernels.LANES];

  /**
   * @param mean means of all channels so far, 0 before the first block
   * @param m2 sums of squared deviations of all channels so far
   */
  BlockMoments(Deviations deviations, double[] mean, double[] m2) {
    this.deviations = deviations;
    this.mean = mean;
    this.m2 = m2;
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
    int first = Math.min(length, Kernels.LANES);
    for (int l = 0; l < first; l++) {
      sums[l] = v[offset + l];
    }
    Arrays.fill(sums, first, Kernels.LANES, 0.0);
    return folded(sums) / first;
  }

  /** By halves, written as the tree that it is: lanes 8 apart, then 4, 2, 1. */
  private static double folded(double[] lanes) {
    return (quarter(lanes, 0) + quarter(lanes, 2)) + (quarter(lanes, 1) + quarter(lanes, 3));
  }

  private static double quarter(double[] lanes, int l) {
    return (lanes[l] + lanes[l + 8]) + (lanes[l + 4] + lanes[l + 12]);
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
