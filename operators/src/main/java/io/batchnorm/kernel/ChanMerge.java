package io.batchnorm.kernel;

/**
 * Chan, Golub and LeVeque (1979): moments of two sets of values from the moments of each.
 *
 * <p>With {@code n = nA + nB}, {@code delta = meanB - meanA} and {@code w = nB / n}:
 *
 * <pre>
 * mean = meanA + delta * w
 * M2   = M2A + (M2B + delta * delta * (nA * w))
 * </pre>
 */
public final class ChanMerge {
  private ChanMerge() {}

  /**
   * Adds a set of {@code countB} values to channel {@code c}, which holds {@code countA} values.
   * {@code countB} must be at least 1; {@code countA} may be 0, then the result is B, exactly.
   */
  public static void add(
      double[] mean, double[] m2, int c, long countA, double meanB, double m2B, long countB) {
    add(mean, m2, c, countA, meanB, m2B, weight(countA, countB));
  }

  /** {@code w}, for many channels of the same counts. */
  static double weight(long countA, long countB) {
    return (double) countB / (countA + countB);
  }

  static void add(
      double[] mean, double[] m2, int c, long countA, double meanB, double m2B, double weight) {
    double delta = meanB - mean[c];
    if (!Double.isFinite(delta)) {
      // As a plain sum would have it: Inf stays Inf, Inf and -Inf give NaN. Inf * weight and
      // Inf - Inf would turn a mean of Inf into NaN at the next block.
      mean[c] += meanB;
      m2[c] = Double.NaN;
      return;
    }
    mean[c] += delta * weight;
    m2[c] += m2B + delta * delta * (countA * weight);
  }
}
