package io.batchnorm.core;

import java.math.BigInteger;

/**
 * Count, sum and sum of squares of the values of one channel, exactly, so that values can be taken
 * out again. Immutable. Sums of squares cancel when they are rounded; these are not.
 *
 * <p>What has no sum is counted beside it: nulls, NaN and both infinities. While a NaN or an
 * infinity is among the values, the mean is what IEEE 754 makes of it, and M2 and the variances are
 * NaN; once it is taken out, nothing of it is left. Counts may be negative in a part from which
 * more was taken out than put in.
 *
 * @param finite how many finite values there are
 * @param nulls how many times there was none; these count nowhere, but make the channel exist
 * @param nans how many NaN
 * @param positives how many positive infinities
 * @param negatives how many negative infinities
 * @param sum of the finite values
 * @param squares sum of their squares
 */
public record ExactChannel(
    long finite,
    long nulls,
    long nans,
    long positives,
    long negatives,
    ExactSum sum,
    ExactSum squares) {

  /** No values. */
  public static final ExactChannel EMPTY =
      new ExactChannel(0, 0, 0, 0, 0, ExactSum.ZERO, ExactSum.ZERO);

  /** A null alone. */
  public static final ExactChannel NULL =
      new ExactChannel(0, 1, 0, 0, 0, ExactSum.ZERO, ExactSum.ZERO);

  private static final ExactChannel NAN =
      new ExactChannel(0, 0, 1, 0, 0, ExactSum.ZERO, ExactSum.ZERO);
  private static final ExactChannel POSITIVE =
      new ExactChannel(0, 0, 0, 1, 0, ExactSum.ZERO, ExactSum.ZERO);
  private static final ExactChannel NEGATIVE =
      new ExactChannel(0, 0, 0, 0, 1, ExactSum.ZERO, ExactSum.ZERO);

  /** One value. */
  public static ExactChannel of(double value) {
    if (Double.isNaN(value)) {
      return NAN;
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? POSITIVE : NEGATIVE;
    }
    return of(ExactSum.of(value));
  }

  /** One integer, also beyond 2^53. */
  public static ExactChannel of(long value) {
    return of(ExactSum.of(value));
  }

  private static ExactChannel of(ExactSum value) {
    return new ExactChannel(1, 0, 0, 0, 0, value, value.squared());
  }

  /** The values of both. */
  public ExactChannel plus(ExactChannel other) {
    return new ExactChannel(
        finite + other.finite,
        nulls + other.nulls,
        nans + other.nans,
        positives + other.positives,
        negatives + other.negatives,
        sum.plus(other.sum),
        squares.plus(other.squares));
  }

  /** What takes these values out again. */
  public ExactChannel negated() {
    return new ExactChannel(
        -finite, -nulls, -nans, -positives, -negatives, sum.negated(), squares.negated());
  }

  /** Values that are not null. */
  public long count() {
    return finite + nans + positives + negatives;
  }

  /** The mean, rounded once; NaN if there are no values. */
  public double mean() {
    if (count() == finite) {
      return finite <= 0 ? Double.NaN : sum.dividedBy(BigInteger.valueOf(finite));
    }
    if (nans != 0 || (positives != 0 && negatives != 0)) {
      return Double.NaN;
    }
    return positives != 0 ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
  }

  /** {@code sum (x - mean)^2}, rounded once; NaN if there are no values. */
  public double m2() {
    return spread(1);
  }

  /** {@code M2 / n}, rounded once; NaN if there are no values. */
  public double biasedVar() {
    return spread(finite);
  }

  /** {@code M2 / (n - 1)}, rounded once; NaN for less than two values. */
  public double unbiasedVar() {
    return spread(finite - 1);
  }

  /** {@code M2 / divisor}, where {@code M2 = (n * squares - sum^2) / n}. */
  private double spread(long divisor) {
    if (count() != finite || finite <= 0 || divisor <= 0) {
      return Double.NaN;
    }
    BigInteger n = BigInteger.valueOf(finite);
    ExactSum scaled = squares.times(n).plus(sum.squared().negated());
    return scaled.dividedBy(n.multiply(BigInteger.valueOf(divisor)));
  }
}
