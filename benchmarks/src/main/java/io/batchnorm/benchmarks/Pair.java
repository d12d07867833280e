package io.batchnorm.benchmarks;

import java.util.Comparator;
import java.util.List;

/** Two samples that were taken one after the other, so that the machine was the same for both. */
record Pair(double ours, double other) {
  double ratio() {
    return ours / other;
  }

  /** The one in the middle by its ratio; the lower one of two. */
  static Pair median(List<Pair> pairs) {
    List<Pair> sorted = pairs.stream().sorted(Comparator.comparingDouble(Pair::ratio)).toList();
    return sorted.get((sorted.size() - 1) / 2);
  }
}
