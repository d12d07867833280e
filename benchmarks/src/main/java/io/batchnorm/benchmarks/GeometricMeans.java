package io.batchnorm.benchmarks;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Ratios over all shapes: {@code kernel/train/libtorch} of {@code kernel/train/libtorch/32x8}. */
final class GeometricMeans {
  private GeometricMeans() {}

  /** Of the kernels' rows, by what they have in common. */
  static Map<String, Double> of(List<Result> results) {
    return results.stream()
        .filter(row -> row.id().startsWith("kernel/"))
        .collect(
            Collectors.groupingBy(
                row -> row.id().substring(0, row.id().lastIndexOf('/')),
                LinkedHashMap::new,
                Collectors.collectingAndThen(
                    Collectors.averagingDouble(row -> Math.log(row.ratio())), Math::exp)));
  }
}
