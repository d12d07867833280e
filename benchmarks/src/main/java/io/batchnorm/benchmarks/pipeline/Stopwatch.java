package io.batchnorm.benchmarks.pipeline;

import java.util.concurrent.atomic.AtomicLong;

/**
 * From the first record that a source of this JVM makes to the end of the last sink: without the
 * time that Flink takes to deploy a job.
 */
final class Stopwatch {
  private static final AtomicLong FIRST = new AtomicLong();
  private static final AtomicLong LAST = new AtomicLong();

  private Stopwatch() {}

  static void reset() {
    FIRST.set(Long.MAX_VALUE);
    LAST.set(Long.MIN_VALUE);
  }

  static void started() {
    FIRST.accumulateAndGet(System.nanoTime(), Math::min);
  }

  static void ended() {
    LAST.accumulateAndGet(System.nanoTime(), Math::max);
  }

  static double seconds() {
    return (LAST.get() - FIRST.get()) / 1e9;
  }
}
