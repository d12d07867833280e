package io.batchnorm.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What one measurement gave, round by round. */
final class Samples {
  private final List<double[]> rounds = new ArrayList<>();
  private Map<String, Double> profile = Map.of();

  void addRound(Round round) {
    rounds.add(round.samples().stream().mapToDouble(s -> s).toArray());
    profile = round.profile();
  }

  /** Of the last round. */
  Map<String, Double> profile() {
    return profile;
  }

  /** Median over all rounds. */
  double median() {
    return median(rounds.stream().flatMapToDouble(Arrays::stream).toArray());
  }

  /** Half the distance between the quartiles by the median. */
  double spread() {
    double[] all = rounds.stream().flatMapToDouble(Arrays::stream).sorted().toArray();
    double low = all[all.length / 4];
    double high = all[all.length - 1 - all.length / 4];
    return (high - low) / 2 / median();
  }

  /** Medians of both in the same round, divided; in ascending order. */
  double[] ratiosTo(Samples other) {
    double[] ratios = new double[rounds.size()];
    Arrays.setAll(ratios, r -> median(rounds.get(r)) / median(other.rounds.get(r)));
    Arrays.sort(ratios);
    return ratios;
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
