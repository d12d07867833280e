package io.batchnorm.benchmarks;

/** Something that can be timed again and again: one side of a row. */
public interface Measurement {
  /** Which it is, for whoever reads of its failure. */
  String name();

  /** What {@link #round} counts, more of which is better: {@code values/s}. */
  String unit();

  /**
   * One round, in a JVM of its own that takes its samples when it has its turn.
   *
   * @return without the samples of the warm-up
   */
  Round round(Effort effort, Turns turns);
}
