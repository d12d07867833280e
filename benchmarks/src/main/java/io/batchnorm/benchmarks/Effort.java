package io.batchnorm.benchmarks;

/**
 * How long to measure.
 *
 * @param rounds times that all rows are measured one after the other
 * @param warmups samples of a round that are thrown away; those of kernels are longer than samples,
 *     and jobs have some more, to find their length
 * @param samples samples of a round that count; of an odd number one is the median
 * @param millis length of a sample of a kernel, an eighth of that of a job
 */
public record Effort(int rounds, int warmups, int samples, int millis) {
  public static final Effort FULL = new Effort(2, 4, 7, 200);

  /** For a look; too short for numbers that one shows. */
  public static final Effort QUICK = new Effort(1, 4, 3, 150);

  Effort withRounds(int other) {
    return new Effort(other, warmups, samples, millis);
  }
}
