package io.batchnorm.operator;

import io.batchnorm.types.BatchPart;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * What of a stream record is kept while it waits.
 *
 * @param timestamp {@link #NO_TIMESTAMP} for none
 */
record Timed(BatchPart part, long timestamp) {
  private static final long NO_TIMESTAMP = Long.MIN_VALUE;

  static Timed of(StreamRecord<? extends BatchPart> record) {
    return new Timed(
        record.getValue(), record.hasTimestamp() ? record.getTimestamp() : NO_TIMESTAMP);
  }

  /** A record of that time. */
  <T> StreamRecord<T> at(T value) {
    return timestamp == NO_TIMESTAMP
        ? new StreamRecord<>(value)
        : new StreamRecord<>(value, timestamp);
  }
}
