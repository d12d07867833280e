package io.batchnorm.benchmarks;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Map;
import java.util.TreeMap;

/**
 * A row as it stands in {@code results.json}.
 *
 * @param ours median
 * @param other median
 * @param ratio {@code ours / other}: above 1 ours is faster
 * @param ratioLow smallest ratio of a round
 * @param ratioHigh largest ratio of a round
 * @param oursSpread half the distance of the quartiles, by the median
 * @param otherSpread the same of the other
 * @param oursProfile what else was measured, in the last round
 * @param otherProfile the same of the other
 */
@JsonPropertyOrder({
  "id",
  "ours",
  "other",
  "unit",
  "ratio",
  "ratioLow",
  "ratioHigh",
  "oursSpread",
  "otherSpread",
  "oursProfile",
  "otherProfile"
})
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Result(
    String id,
    double ours,
    double other,
    String unit,
    double ratio,
    double ratioLow,
    double ratioHigh,
    double oursSpread,
    double otherSpread,
    Map<String, Double> oursProfile,
    Map<String, Double> otherProfile) {

  static Result of(Row row, Samples ours, Samples other) {
    double[] ratios = ours.ratiosTo(other);
    return new Result(
        row.id(),
        rounded(ours.median()),
        rounded(other.median()),
        row.ours().unit(),
        rounded(ours.median() / other.median()),
        rounded(ratios[0]),
        rounded(ratios[ratios.length - 1]),
        rounded(ours.spread()),
        rounded(other.spread()),
        rounded(ours.profile()),
        rounded(other.profile()));
  }

  private static Map<String, Double> rounded(Map<String, Double> profile) {
    Map<String, Double> rounded = new TreeMap<>();
    profile.forEach((what, value) -> rounded.put(what, rounded(value)));
    return rounded;
  }

  /** To four digits: more are noise. */
  private static double rounded(double value) {
    return new BigDecimal(value).round(new MathContext(4)).doubleValue();
  }
}
