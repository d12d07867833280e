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
 *   <li>The block's reference is the mean of its first {@link #LANES} values, or of all if there
 *       are fewer: widened to double, one in each lane, folded (see below), divided by their
 *       number.
 *   <li>The deviation {@code d = v - reference} of value {@code k} of the block is added to lane
 *       {@code k mod LANES} of S1, in ascending {@code k}, and lane {@code k mod LANES} of S2
 *       becomes {@code fma(d, d, S2)}, rounded once ({@link Math#fma(double, double, double)}); all
 *       in double, every lane starts at 0. Whatever is not called {@code fma} rounds after every
 *       operation.
 *   <li>Lanes are folded by halves: lane {@code l} += lane {@code l + w}, for {@code w = LANES/2,
 *       ..., 1}; lane 0 is the sum.
 *   <li>With {@code n} values and {@code h = S1 / n}, the block's mean is {@code reference + h} and
 *       its M2 is {@code S2 - S1 * h}. If that mean is not finite, some value is not: then the mean
 *       is the sum of the values by {@code n}.
 *   <li>Blocks are merged in ascending order by {@link ChanMerge}.
 * </ol>
 *
 * <p>Every value is read once. The reference keeps {@code S2 - S1 * h} from cancelling, wherever
 * the values lie: values of the block deviate from their mean at least as much as sixteen of them
 * do together, so S2 is at most {@code 1 + BLOCK / LANES = 65} times M2, and about M2 wherever the
 * first values are like the others. Float32 values have 29 bits less than double, so mean and M2
 * are good to about 1e-15 relative, and to 1e-12 at the very worst, where float32 accumulators lose
 * everything.
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
   * {@code y = (float) fma(x - center, scale, shift)}, per channel, in double.
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

  /**
   * {@link #normalize} of values that are to be finite.
   *
   * @return the first plane, {@code n * channels + c}, that has NaN or infinity, or -1 if all
   *     values are finite. What {@code y} holds if there is one has no meaning
   */
  default int normalizeFinite(
      float[] x,
      int batch,
      int channels,
      int plane,
      double[] center,
      double[] scale,
      double[] shift,
      float[] y) {
    int at = firstNonFinite(x);
    if (at >= 0) {
      return at / plane;
    }
    normalize(x, batch, channels, plane, center, scale, shift, y);
    return -1;
  }

  /** Index of the first NaN or infinity in {@code x}, or -1 if all values are finite. */
  int firstNonFinite(float[] x);
}
