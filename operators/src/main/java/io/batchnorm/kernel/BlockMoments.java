package io.batchnorm.kernel;

import static io.batchnorm.kernel.Kernels.LANES;

import java.util.Arrays;

/**
 * Mean and M2 of one block after another, merged into those of its channel. Blocks of several
 * channels may be under way at once, each in a slot. What an implementation adds is the loop over
 * the values: {@link Deviations}, or its own over the sums of the slots.
 */
final class BlockMoments {
  /** Slots there are. */
  static final int SLOTS = 64;

  /** The loop that takes nearly all of the time. */
  interface Deviations {
    /**
     * Adds {@code d = v - reference} of value {@code k} to lane {@code k mod LANES} of {@code
     * sums}, and {@code d * d} to that of {@code squares}, fused.
     *
     * @param lanes index of lane 0
     */
    void add(
        float[] v,
        int offset,
        int length,
        double reference,
        double[] sums,
        double[] squares,
        int lanes);
  }

  private final float[] x;
  private final int channels;
  private final int plane;
  private final Deviations deviations;
  private final double[] mean;
  private final double[] m2;

  /** Of the block in each slot. */
  final double[] references;

  /** Lane {@code l} of a slot at {@code slot * LANES + l}. */
  final double[] sums;

  /** Likewise. */
  final double[] squares;

  /**
   * @param mean means of all channels so far, 0 before the first block
   * @param m2 sums of squared deviations of all channels so far
   */
  BlockMoments(
      float[] x, int channels, int plane, Deviations deviations, double[] mean, double[] m2) {
    this.x = x;
    this.channels = channels;
    this.plane = plane;
    this.deviations = deviations;
    this.mean = mean;
    this.m2 = m2;
    Scratch scratch = Scratch.ofThread();
    this.references = scratch.reference;
    this.sums = scratch.sums;
    this.squares = scratch.squares;
    clear(0, Math.min(SLOTS, channels) * LANES);
  }

  private void clear(int from, int to) {
    Arrays.fill(sums, from, to, 0.0);
    Arrays.fill(squares, from, to, 0.0);
  }

  /**
   * Adds values to the block in {@code slot}, which begins with them if {@code k} is 0.
   *
   * @param length a multiple of LANES, unless these are the block's last
   * @param k values that are in the block already
   */
  void add(float[] v, int offset, int length, int slot, int k) {
    int lanes = slot * LANES;
    if (k == 0) {
      references[slot] = reference(v, offset, length, lanes);
    }
    deviations.add(v, offset, length, references[slot], sums, squares, lanes);
  }

  private double reference(float[] v, int offset, int length, int lanes) {
    if (length >= LANES) {
      return (quarter(v, offset)
              + quarter(v, offset + 2)
              + (quarter(v, offset + 1) + quarter(v, offset + 3)))
          / LANES;
    }
    for (int l = 0; l < length; l++) {
      sums[lanes + l] = v[offset + l];
    }
    double sum = folded(sums, lanes);
    Arrays.fill(sums, lanes, lanes + length, 0.0);
    return sum / length;
  }

  private static double quarter(float[] v, int at) {
    return ((double) v[at] + v[at + 8]) + ((double) v[at + 4] + v[at + 12]);
  }

  /**
   * Merges the block in {@code slot} into channel {@code c}.
   *
   * @param length values in the block
   * @param before values of the channel in earlier blocks
   */
  void merge(int slot, int length, int c, int before) {
    double s1 = folded(sums, slot * LANES);
    double h = s1 / length;
    double blockM2 = folded(squares, slot * LANES) - s1 * h;
    double blockMean = references[slot] + h;
    if (!Double.isFinite(blockMean)) {
      blockMean = plainMean(c, before, length);
    }
    ChanMerge.add(mean, m2, c, before, blockMean, blockM2, length);
    // Long before the next block reads it: a load of what was just stored in other pieces waits.
    clear(slot);
  }

  void clear(int slot) {
    clear(slot * LANES, slot * LANES + LANES);
  }

  /** The sum of 16 lanes, by halves: a tree of those 8 lanes apart, then 4, 2, 1. */
  static double folded(double[] lanes, int at) {
    return (quarter(lanes, at) + quarter(lanes, at + 2))
        + (quarter(lanes, at + 1) + quarter(lanes, at + 3));
  }

  private static double quarter(double[] lanes, int at) {
    return (lanes[at] + lanes[at + 8]) + (lanes[at + 4] + lanes[at + 12]);
  }

  /** What a plain sum says of values that are not all finite. */
  private double plainMean(int c, int from, int length) {
    double sum = 0;
    for (int k = from; k < from + length; k++) {
      sum += x[index(c, k)];
    }
    return sum / length;
  }

  /** Where value {@code k} of channel {@code c} lies. */
  int index(int c, int k) {
    return (k / plane * channels + c) * plane + k % plane;
  }
}
