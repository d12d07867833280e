package io.batchnorm.core;

import java.math.BigInteger;

/**
 * A sum of finite doubles, integers and their squares, without any rounding: {@code significand *
 * 2^exponent} with an odd significand, or 0. Immutable.
 *
 * <p>So a sum depends on what was added and not on the order, and taking out all that was put in
 * leaves {@link #ZERO}, equal to the bit. The size is bounded: 2^62 doubles of any magnitude have a
 * sum of at most 2,160 bits, and a sum of squares of at most 4,258.
 */
public final class ExactSum {
  /** More bits than any sum of squares can have. */
  public static final int MAX_BITS = 8 * 600;

  /** The exponent of the square of the smallest double. */
  public static final int MIN_EXPONENT = -2148;

  /** Above the exponent of any sum of squares. */
  public static final int MAX_EXPONENT = 2200;

  public static final ExactSum ZERO = new ExactSum(BigInteger.ZERO, 0);

  private static final int MANTISSA_BITS = 52;
  private static final long MANTISSA = (1L << MANTISSA_BITS) - 1;
  private static final int PRECISION = MANTISSA_BITS + 1;

  /** The exponent of the smallest double, {@link Double#MIN_VALUE}. */
  private static final int SMALLEST = -1074;

  private final BigInteger significand;
  private final int exponent;

  private ExactSum(BigInteger significand, int exponent) {
    this.significand = significand;
    this.exponent = exponent;
  }

  /** {@code significand * 2^exponent}, from any significand. */
  public static ExactSum of(BigInteger significand, int exponent) {
    if (significand.signum() == 0) {
      return ZERO;
    }
    int zeros = significand.getLowestSetBit();
    return zeros == 0
        ? new ExactSum(significand, exponent)
        : new ExactSum(significand.shiftRight(zeros), exponent + zeros);
  }

  /**
   * The value of a double, of which -0.0 is 0.
   *
   * @throws IllegalArgumentException for NaN and infinity
   */
  public static ExactSum of(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("a sum wants finite values, got " + value);
    }
    long mantissa = Double.doubleToRawLongBits(value) & MANTISSA;
    int exponent = Math.getExponent(value);
    boolean normal = exponent >= Double.MIN_EXPONENT;
    long magnitude = normal ? mantissa | (MANTISSA + 1) : mantissa;
    return of(
        BigInteger.valueOf(value < 0 ? -magnitude : magnitude),
        normal ? exponent - MANTISSA_BITS : SMALLEST);
  }

  /** The value of an integer. */
  public static ExactSum of(long value) {
    return of(BigInteger.valueOf(value), 0);
  }

  /** The sum of both. */
  public ExactSum plus(ExactSum other) {
    if (isZero() || other.isZero()) {
      return isZero() ? other : this;
    }
    int common = Math.min(exponent, other.exponent);
    return of(scaledTo(common).add(other.scaledTo(common)), common);
  }

  private BigInteger scaledTo(int lower) {
    return significand.shiftLeft(exponent - lower);
  }

  /** What takes this out again. */
  public ExactSum negated() {
    return isZero() ? this : new ExactSum(significand.negate(), exponent);
  }

  /** This times itself. */
  public ExactSum squared() {
    return isZero() ? this : new ExactSum(significand.multiply(significand), 2 * exponent);
  }

  ExactSum times(BigInteger factor) {
    return of(significand.multiply(factor), exponent);
  }

  /**
   * The double nearest to {@code this / divisor}, the even one of two; infinity beyond the largest.
   * The only rounding there is.
   *
   * @param divisor above 0
   */
  double dividedBy(BigInteger divisor) {
    if (isZero()) {
      return 0;
    }
    BigInteger dividend = significand.abs();
    int unit = unitOf(dividend, divisor);
    int shift = exponent - unit;
    BigInteger units =
        rounded(dividend.shiftLeft(Math.max(shift, 0)), divisor.shiftLeft(Math.max(-shift, 0)));
    return significand.signum() * Math.scalb(units.doubleValue(), unit);
  }

  /** The exponent of the last digit of the double nearest to {@code dividend / divisor}. */
  private int unitOf(BigInteger dividend, BigInteger divisor) {
    int bits = dividend.bitLength() - divisor.bitLength();
    boolean reached =
        dividend.shiftLeft(Math.max(-bits, 0)).compareTo(divisor.shiftLeft(Math.max(bits, 0))) >= 0;
    int leading = exponent + (reached ? bits : bits - 1);
    return Math.max(leading - PRECISION + 1, SMALLEST);
  }

  private static BigInteger rounded(BigInteger dividend, BigInteger divisor) {
    BigInteger[] parts = dividend.divideAndRemainder(divisor);
    int half = parts[1].shiftLeft(1).compareTo(divisor);
    boolean up = half > 0 || (half == 0 && parts[0].testBit(0));
    return up ? parts[0].add(BigInteger.ONE) : parts[0];
  }

  public boolean isZero() {
    return significand.signum() == 0;
  }

  /** Odd, or 0. */
  public BigInteger significand() {
    return significand;
  }

  /** 0 for the sum 0. */
  public int exponent() {
    return exponent;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof ExactSum other
        && exponent == other.exponent
        && significand.equals(other.significand);
  }

  @Override
  public int hashCode() {
    return 31 * significand.hashCode() + exponent;
  }

  @Override
  public String toString() {
    return significand + "*2^" + exponent;
  }
}
