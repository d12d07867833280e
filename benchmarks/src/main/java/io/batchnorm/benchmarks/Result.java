package io.batchnorm.benchmarks;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A row as it stands in {@code results.json}.
 *
 * @param ours of the pair of samples in the middle by its ratio: where the machine changes its
 *     speed between pairs, the medians of the two sides may be of different times
 * @param other of the same pair
 * @param ratio {@code ours / other}, the median of all pairs: above 1 ours is faster
 * @param ratioLow smallest median of a round
 * @param ratioHigh largest median of a round
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
    List<List<Pair>> rounds = ours.pairsWith(other);
    Pair median = Pair.median(rounds.stream().flatMap(List::stream).toList());
    double[] ratios = rounds.stream().mapToDouble(r -> Pair.median(r).ratio()).sorted().toArray();
    return new Result(
        row.id(),
        rounded(median.ours()),
        rounded(median.other()),
        row.ours().unit(),
        rounded(median.ratio()),
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
