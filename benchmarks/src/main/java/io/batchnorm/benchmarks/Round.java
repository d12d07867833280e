package io.batchnorm.benchmarks;

import java.util.List;
import java.util.Map;

/**
 * What a measurement gave in one round.
 *
 * @param samples of its speed, at least one
 * @param profile what else was measured, by what it is and its unit; may be empty
 */
public record Round(List<Double> samples, Map<String, Double> profile) {
  public static Round of(List<Double> samples) {
    return new Round(samples, Map.of());
  }
}
