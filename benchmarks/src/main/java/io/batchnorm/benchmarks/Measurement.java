package io.batchnorm.benchmarks;

import java.util.Optional;

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

  /**
   * One round of both sides of a row in a single JVM, sample by sample in turns, so that they have
   * the same memory and the same compiled code of what they share.
   *
   * @param other the other side
   * @return empty if the two cannot share one; then each has its own
   */
  default Optional<RoundOfBoth> together(Measurement other, Effort effort) {
    return Optional.empty();
  }
}
