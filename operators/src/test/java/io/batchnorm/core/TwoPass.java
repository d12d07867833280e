package io.batchnorm.core;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;

/**
 * Statistics by two passes over exact decimals, each number rounded once at the end; null where
 * there are too few values.
 */
public record TwoPass(long count, Double mean, Double m2, Double varPop, Double varSamp) {
  private static final TwoPass NONE = new TwoPass(0, null, null, null, null);

  /** Enough for values of up to 1e13 that differ in the last bit. */
  private static final MathContext DIGITS = new MathContext(100);

  public static TwoPass of(List<Double> values) {
    return of(values, DIGITS);
  }

  public static TwoPass of(List<Double> values, MathContext digits) {
    return ofDecimals(values.stream().map(BigDecimal::new).toList(), digits);
  }

  public static TwoPass ofDecimals(List<BigDecimal> values, MathContext digits) {
    if (values.isEmpty()) {
      return NONE;
    }
    BigDecimal n = BigDecimal.valueOf(values.size());
    BigDecimal mean = values.stream().reduce(BigDecimal.ZERO, BigDecimal::add).divide(n, digits);
    BigDecimal m2 =
        values.stream()
            .map(value -> value.subtract(mean, digits))
            .map(deviation -> deviation.multiply(deviation, digits))
            .reduce(BigDecimal.ZERO, (a, b) -> a.add(b, digits));
    return new TwoPass(
        values.size(),
        mean.doubleValue(),
        m2.doubleValue(),
        m2.divide(n, digits).doubleValue(),
        values.size() < 2 ? null : m2.divide(n.subtract(BigDecimal.ONE), digits).doubleValue());
  }
}
