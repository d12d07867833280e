package io.batchnorm.operator;

import io.batchnorm.types.BatchPart;
import io.batchnorm.types.BatchPiece;
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

  /** The same, with values that nothing else sees. */
  Timed copy() {
    return part instanceof BatchPiece piece ? new Timed(piece.copy(), timestamp) : this;
  }

  /** A record of that time. */
  <T> StreamRecord<T> at(T value) {
    return timestamp == NO_TIMESTAMP
        ? new StreamRecord<>(value)
        : new StreamRecord<>(value, timestamp);
  }
}
