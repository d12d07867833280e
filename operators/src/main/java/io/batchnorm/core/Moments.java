package io.batchnorm.core;

import io.batchnorm.kernel.ChanMerge;
import io.batchnorm.kernel.KernelProvider;
import io.batchnorm.kernel.Kernels;
import java.util.Arrays;

/**
 * Per-channel count, mean and M2 (sum of squared deviations from the mean) of a set of values, in
 * double. Immutable. Never a sum of squares, which cancels for values far from 0.
 */
public final class Moments {
  private final long count;
  private final double[] mean;
  private final double[] m2;

  private Moments(long count, double[] mean, double[] m2) {
    this.count = count;
    this.mean = mean;
    this.m2 = m2;
  }

  /** Moments of no values in {@code numFeatures} channels: merging it changes nothing. */
  public static Moments empty(int numFeatures) {
    return new Moments(0, new double[numFeatures], new double[numFeatures]);
  }

  /**
   * Moments from their parts, which are copied.
   *
   * @param count values per channel, at least 0
   */
  public static Moments of(long count, double[] mean, double[] m2) {
    if (count < 0 || mean.length != m2.length) {
      throw new IllegalArgumentException(
          "moments want count >= 0 and as many M2 as means, got count %d, %d means, %d M2"
              .formatted(count, mean.length, m2.length));
    }
    return new Moments(count, mean.clone(), m2.clone());
  }

  /** Moments of every channel of {@code x}; the order of summation is that of {@link Kernels}. */
  public static Moments of(FeatureMap x) {
    double[] mean = new double[x.numFeatures()];
    double[] m2 = new double[x.numFeatures()];
    KernelProvider.kernels()
        .moments(x.values(), x.batchSize(), x.numFeatures(), x.spatialSize(), mean, m2);
    return new Moments(x.valuesPerChannel(), mean, m2);
  }

  /**
   * Moments of the values of both, by Chan, Golub and LeVeque (1979). Merging with an empty one
   * gives the other, exactly.
   *
   * @throws IllegalArgumentException if the numbers of channels differ
   */
  public Moments merge(Moments other) {
    if (other.numFeatures() != numFeatures()) {
      throw new IllegalArgumentException(
          "cannot merge moments of %d and %d channels"
              .formatted(numFeatures(), other.numFeatures()));
    }
    if (other.count == 0) {
      return this;
    }
    if (count == 0) {
      return other;
    }
    double[] mergedMean = mean.clone();
    double[] mergedM2 = m2.clone();
    for (int c = 0; c < mergedMean.length; c++) {
      ChanMerge.add(mergedMean, mergedM2, c, count, other.mean[c], other.m2[c], other.count);
    }
    return new Moments(Math.addExact(count, other.count), mergedMean, mergedM2);
  }

  public int numFeatures() {
    return mean.length;
  }

  /** Values per channel. */
  public long count() {
    return count;
  }

  /** Mean of channel {@code c}; 0 if there are no values. */
  public double mean(int c) {
    return mean[c];
  }

  /** Sum of squared deviations from the mean in channel {@code c}. */
  public double m2(int c) {
    return m2[c];
  }

  /** {@code M2 / n}, by which a batch is normalized; NaN if there are no values. */
  public double biasedVar(int c) {
    return m2[c] / count;
  }

  /** {@code M2 / (n - 1)}, which the running variance takes; NaN for less than two values. */
  public double unbiasedVar(int c) {
    return count < 2 ? Double.NaN : m2[c] / (count - 1);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Moments other
        && count == other.count
        && Arrays.equals(mean, other.mean)
        && Arrays.equals(m2, other.m2);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * Long.hashCode(count) + Arrays.hashCode(mean)) + Arrays.hashCode(m2);
  }

  @Override
  public String toString() {
    return "Moments[count=%d, mean=%s, m2=%s]"
        .formatted(count, Arrays.toString(mean), Arrays.toString(m2));
  }
}
