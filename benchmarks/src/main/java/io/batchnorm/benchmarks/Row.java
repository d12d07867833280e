package io.batchnorm.benchmarks;

/**
 * Ours against the other.
 *
 * @param id under which it stands in the results; never changes
 */
public record Row(String id, Measurement ours, Measurement other) {
  public Row {
    if (!ours.unit().equals(other.unit())) {
      throw new IllegalArgumentException(
          "%s compares %s with %s".formatted(id, ours.unit(), other.unit()));
    }
  }
}
