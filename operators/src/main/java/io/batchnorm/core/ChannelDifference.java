package io.batchnorm.core;

import java.util.ArrayList;
import java.util.List;

/**
 * How far two layers' running statistics lie apart in one channel.
 *
 * @param channel which
 * @param meanShift {@code (meanB - meanA) / sqrt((varA + varB) / 2)}, the distance of the means in
 *     standard deviations (Cohen's d); 0 for equal means, infinite for different ones without
 *     variance
 * @param varRatio {@code varB / varA}; 1 if both are 0
 */
public record ChannelDifference(int channel, double meanShift, double varRatio) {

  /**
   * The differences of all channels, in their order.
   *
   * @throws IllegalArgumentException if the numbers of channels differ
   */
  public static List<ChannelDifference> between(RunningStatistics a, RunningStatistics b) {
    if (a.numFeatures() != b.numFeatures()) {
      throw new IllegalArgumentException(
          "cannot compare statistics of %d and %d channels"
              .formatted(a.numFeatures(), b.numFeatures()));
    }
    List<ChannelDifference> differences = new ArrayList<>();
    for (int c = 0; c < a.numFeatures(); c++) {
      differences.add(
          new ChannelDifference(
              c, shift(a.mean(c), a.var(c), b.mean(c), b.var(c)), ratio(a.var(c), b.var(c))));
    }
    return differences;
  }

  private static double shift(double meanA, double varA, double meanB, double varB) {
    return meanA == meanB ? 0 : (meanB - meanA) / Math.sqrt((varA + varB) / 2);
  }

  private static double ratio(double varA, double varB) {
    return varA == varB ? 1 : varB / varA;
  }

  /**
   * One number for both: the larger of {@code |meanShift|} and {@code |ln varRatio|}; 0 if the
   * channels agree, NaN if a statistic is NaN.
   */
  public double distance() {
    return Math.max(Math.abs(meanShift), Math.abs(Math.log(varRatio)));
  }
}
