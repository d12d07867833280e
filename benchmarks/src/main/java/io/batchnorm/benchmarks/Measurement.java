package io.batchnorm.benchmarks;

/**
 * Something that can be timed again and again. Equal ones are taken once in a round, even if
 * several rows ask for them.
 */
public interface Measurement {
  /** What is shown while it runs. */
  String name();

  /** What {@link #round} counts, more of which is better: {@code values/s}. */
  String unit();

  /** One round, warm-up left out. */
  Round round(Effort effort);
}
