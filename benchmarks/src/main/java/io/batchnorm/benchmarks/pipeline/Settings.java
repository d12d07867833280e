package io.batchnorm.benchmarks.pipeline;

import io.batchnorm.benchmarks.Shape;
import io.batchnorm.core.Slice;
import java.util.Locale;

/**
 * A pipeline and its input.
 *
 * @param shape of a record
 * @param keys of all records, in turn
 * @param channelsPerSlice of {@link Kind#RAW}, 0 for whole layers
 */
record Settings(
    Kind kind, String shape, int keys, int parallelism, int channelsPerSlice, Tuning tuning) {
  /** Samples in a micro-batch. */
  static final int MICRO_BATCH = 64;

  /** How many {@link #words} there are. */
  static final int WORDS = 8;

  static Settings parse(String[] words) {
    return new Settings(
        Kind.valueOf(words[0]),
        words[1],
        Integer.parseInt(words[2]),
        Integer.parseInt(words[3]),
        Integer.parseInt(words[4]),
        new Tuning(Integer.parseInt(words[5]), Boolean.parseBoolean(words[6]), words[7]));
  }

  /** What {@link #parse} reads. */
  String[] words() {
    return new String[] {
      kind.name(),
      shape,
      Integer.toString(keys),
      Integer.toString(parallelism),
      Integer.toString(channelsPerSlice),
      Integer.toString(tuning.segmentKib()),
      Boolean.toString(tuning.objectReuse()),
      tuning.jvmOption(),
    };
  }

  Settings with(Kind other) {
    return new Settings(other, shape, keys, parallelism, channelsPerSlice, tuning);
  }

  Settings withShape(String other) {
    return new Settings(kind, other, keys, parallelism, channelsPerSlice, tuning);
  }

  Settings withKeys(int other) {
    return new Settings(kind, shape, other, parallelism, channelsPerSlice, tuning);
  }

  Settings withParallelism(int other) {
    return new Settings(kind, shape, keys, other, channelsPerSlice, tuning);
  }

  Settings withChannelsPerSlice(int other) {
    return new Settings(kind, shape, keys, parallelism, other, tuning);
  }

  Settings with(Tuning other) {
    return new Settings(kind, shape, keys, parallelism, channelsPerSlice, other);
  }

  /** About as many records, so that every key has as many, and samples are in whole batches. */
  long whole(long about) {
    long unit = kind.ofSamples() ? (long) MICRO_BATCH * keys : keys;
    return Math.max(1, about / unit) * unit;
  }

  /** What comes out for each record: slices, where they are not put together. */
  long outputsPerRecord() {
    return kind == Kind.HOT && channelsPerSlice > 0
        ? Slice.count(Shape.parse(shape).channels(), channelsPerSlice)
        : 1;
  }

  long bytesPerRecord() {
    return (long) Float.BYTES * Shape.parse(shape).values();
  }

  @Override
  public String toString() {
    String slices =
        channelsPerSlice == 0 ? "" : ", %d channels per slice".formatted(channelsPerSlice);
    return "%s %s, %d keys, parallelism %d%s"
        .formatted(
            kind.name().toLowerCase(Locale.ROOT).replace('_', '-'),
            shape,
            keys,
            parallelism,
            slices + tuning);
  }
}
