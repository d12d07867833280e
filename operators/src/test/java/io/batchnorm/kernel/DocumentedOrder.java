package io.batchnorm.kernel;

import java.util.Arrays;

/**
 * The order of summation as the Javadoc of {@link Kernels} tells it, and nothing more: one
 * channel's values in a row, slow and plain. Its constants are literals, for they are part of the
 * format.
 */
final class DocumentedOrder {
  private double mean;
  private double m2;
  private long count;

  private DocumentedOrder() {}

  static DocumentedOrder of(float[] sequence) {
    DocumentedOrder moments = new DocumentedOrder();
    for (int from = 0; from < sequence.length; from += 1024) {
      moments.add(Arrays.copyOfRange(sequence, from, Math.min(from + 1024, sequence.length)));
    }
    return moments;
  }

  private void add(float[] block) {
    double[] values = new double[block.length];
    Arrays.setAll(values, k -> block[k]);
    double[] first = Arrays.copyOf(values, Math.min(16, values.length));
    double reference = laneSum(first) / first.length;
    double[] deviations = Arrays.stream(values).map(v -> v - reference).toArray();
    double s1 = laneSum(deviations);
    double h = s1 / block.length;
    merge(reference + h, squareSum(deviations) - s1 * h, block.length);
  }

  private static double laneSum(double[] values) {
    double[] lanes = new double[16];
    for (int k = 0; k < values.length; k++) {
      lanes[k % 16] += values[k];
    }
    return sum(lanes);
  }

  private static double squareSum(double[] deviations) {
    double[] lanes = new double[16];
    for (int k = 0; k < deviations.length; k++) {
      double d = deviations[k];
      lanes[k % 16] = Math.fma(d, d, lanes[k % 16]);
    }
    return sum(lanes);
  }

  private static double sum(double[] lanes) {
    double[] eight = folded(lanes);
    double[] four = folded(eight);
    double[] two = folded(four);
    return folded(two)[0];
  }

  private static double[] folded(double[] lanes) {
    double[] half = new double[lanes.length / 2];
    Arrays.setAll(half, l -> lanes[l] + lanes[l + half.length]);
    return half;
  }

  /** {@code mean = meanA + delta * w}, {@code M2 = M2A + (M2B + delta * delta * (nA * w))}. */
  private void merge(double meanB, double m2B, long countB) {
    double w = (double) countB / (count + countB);
    double delta = meanB - mean;
    double nA = count;
    mean = mean + delta * w;
    m2 = m2 + (m2B + delta * delta * (nA * w));
    count += countB;
  }

  double mean() {
    return mean;
  }

  double m2() {
    return m2;
  }
}
