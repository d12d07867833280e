package io.batchnorm.benchmarks.pipeline;

import io.batchnorm.benchmarks.Shape;
import java.util.Locale;

/**
 * A pipeline and its input.
 *
 * @param shape of a record
 * @param keys of all records, in turn
 */
record Settings(Kind kind, String shape, int keys, int parallelism) {
  /** Samples in a micro-batch. */
  static final int MICRO_BATCH = 64;

  static Settings parse(String[] words) {
    return new Settings(
        Kind.valueOf(words[0]), words[1], Integer.parseInt(words[2]), Integer.parseInt(words[3]));
  }

  /** What {@link #parse} reads. */
  String[] words() {
    return new String[] {
      kind.name(), shape, Integer.toString(keys), Integer.toString(parallelism),
    };
  }

  Settings with(Kind other) {
    return new Settings(other, shape, keys, parallelism);
  }

  Settings withShape(String other) {
    return new Settings(kind, other, keys, parallelism);
  }

  Settings withKeys(int other) {
    return new Settings(kind, shape, other, parallelism);
  }

  Settings withParallelism(int other) {
    return new Settings(kind, shape, keys, other);
  }

  /** About as many records, so that every key has as many, and samples are in whole batches. */
  long whole(long about) {
    long unit = kind.ofSamples() ? (long) MICRO_BATCH * keys : keys;
    return Math.max(1, about / unit) * unit;
  }

  long bytesPerRecord() {
    return (long) Float.BYTES * Shape.parse(shape).values();
  }

  @Override
  public String toString() {
    return "%s %s, %d keys, parallelism %d"
        .formatted(
            kind.name().toLowerCase(Locale.ROOT).replace('_', '-'), shape, keys, parallelism);
  }
}
