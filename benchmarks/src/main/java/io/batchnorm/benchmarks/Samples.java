package io.batchnorm.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What one side of a row gave, round by round. */
final class Samples {
  private final List<List<Double>> rounds = new ArrayList<>();
  private Map<String, Double> profile = Map.of();

  void addRound(Round round) {
    rounds.add(round.samples());
    profile = round.profile();
  }

  /** Of the last round. */
  Map<String, Double> profile() {
    return profile;
  }

  /** Half the distance between the quartiles by the median. */
  double spread() {
    double[] all = rounds.stream().flatMap(List::stream).mapToDouble(s -> s).sorted().toArray();
    double low = all[all.length / 4];
    double high = all[all.length - 1 - all.length / 4];
    return (high - low) / 2 / median(all);
  }

  /** The samples of both sides that were taken one after the other, in each of the rounds. */
  List<List<Pair>> pairsWith(Samples other) {
    List<List<Pair>> pairs = new ArrayList<>();
    for (int r = 0; r < rounds.size(); r++) {
      pairs.add(pairs(rounds.get(r), other.rounds.get(r)));
    }
    return pairs;
  }

  private static List<Pair> pairs(List<Double> ours, List<Double> other) {
    if (ours.size() != other.size()) {
      throw new IllegalStateException(
          "%d samples of ours, %d of the other".formatted(ours.size(), other.size()));
    }
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < ours.size(); i++) {
      pairs.add(new Pair(ours.get(i), other.get(i)));
    }
    return pairs;
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
}
