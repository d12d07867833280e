package io.batchnorm.kernel;

/**
 * The two loops of batch normalization over row-major {@code (batch, channels, plane)} arrays.
 *
 * <h2>Order of summation</h2>
 *
 * <p>The result for a channel depends on the sequence of its values alone (batch index first, then
 * position in the plane), not on how they lie in memory, on the other channels or on the width of
 * the CPU's registers. With {@link #BLOCK} and {@link #LANES} as constants of the format:
 *
 * <ol>
 *   <li>The sequence is cut into blocks of {@link #BLOCK} values; the last one may be shorter.
 *   <li>In a block, value {@code k} is widened to double and added to lane {@code k mod LANES}, in
 *       ascending {@code k}; every lane starts at 0.
 *   <li>Lanes are folded by halves: lane {@code l} += lane {@code l + w}, for {@code w = LANES/2,
 *       ..., 1}. Lane 0 divided by the block's length is the block's mean.
 *   <li>Squared deviations from that mean, {@code (v - mean) * (v - mean)}, are added and folded
 *       the same way, in double. No fused multiply-add anywhere.
 *   <li>Blocks are merged in ascending order by {@link ChanMerge}.
 * </ol>
 *
 * <p>Two passes over a block that fits the first-level cache cost one pass over memory. Sums of
 * float32 values in double have 29 spare bits, so the result is good to about 1e-15 relative where
 * float32 accumulators lose everything.
 */
public interface Kernels {
  /** Values of one channel in a block. A constant of the format: it decides bits. */
  int BLOCK = 1024;

  /** Interleaved partial sums in a block; a power of two. A constant of the format. */
  int LANES = 16;

  /** The name to choose this implementation by, in lower case. */
  String name();

  /**
   * Mean and M2 (sum of squared deviations from the mean) of every channel.
   *
   * @param x {@code batch * channels * plane} values
   * @param mean receives {@code channels} means
   * @param m2 receives {@code channels} sums of squared deviations
   */
  void moments(float[] x, int batch, int channels, int plane, double[] mean, double[] m2);

  /**
   * {@code y = (float) ((x - center) * scale + shift)}, per channel, in double, rounded once.
   *
   * <p>Subtracting first keeps a constant channel exact: {@code x == center} gives {@code shift} to
   * the bit.
   *
   * @param y receives {@code batch * channels * plane} values; may be {@code x} itself
   */
  void normalize(
      float[] x,
      int batch,
      int channels,
      int plane,
      double[] center,
      double[] scale,
      double[] shift,
      float[] y);

  /** Index of the first NaN or infinity in {@code x}, or -1 if all values are finite. */
  int firstNonFinite(float[] x);
}
