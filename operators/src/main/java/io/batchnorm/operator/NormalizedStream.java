package io.batchnorm.operator;

import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.function.Supplier;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * What comes out of batch normalization. Every input is either in {@code normalized} or in {@code
 * rejected}.
 */
public final class NormalizedStream {
  private final Supplier<DataStream<NormalizedBatch>> normalized;
  private final Supplier<DataStream<KeyStatistics>> statistics;
  private final DataStream<RejectedRecord> rejected;
  private final DataStream<BatchPiece> slices;

  private DataStream<NormalizedBatch> madeNormalized;
  private DataStream<KeyStatistics> madeStatistics;

  /** Of layers that are not sliced. */
  public NormalizedStream(
      DataStream<NormalizedBatch> normalized,
      DataStream<KeyStatistics> statistics,
      DataStream<RejectedRecord> rejected) {
    this(() -> normalized, () -> statistics, rejected, null);
  }

  NormalizedStream(
      Supplier<DataStream<NormalizedBatch>> normalized,
      Supplier<DataStream<KeyStatistics>> statistics,
      DataStream<RejectedRecord> rejected,
      DataStream<BatchPiece> slices) {
    this.normalized = normalized;
    this.statistics = statistics;
    this.rejected = rejected;
    this.slices = slices;
  }

  /**
   * Normalized batches, or samples if samples went in. Slices are put together for it, once it is
   * asked for.
   */
  public DataStream<NormalizedBatch> normalized() {
    if (madeNormalized == null) {
      madeNormalized = normalized.get();
    }
    return madeNormalized;
  }

  /**
   * Statistics of a key when it is frozen, when a command replaced them, every so many batches if
   * asked, when it is forgotten, and at end of input. Always of the whole key.
   */
  public DataStream<KeyStatistics> statistics() {
    if (madeStatistics == null) {
      madeStatistics = statistics.get();
    }
    return madeStatistics;
  }

  /** Inputs that were not normalized and changed nothing. */
  public DataStream<RejectedRecord> rejected() {
    return rejected;
  }

  /**
   * Slices of normalized batches where they were normalized, of samples those of their batch: each
   * with its channels, its {@code header} with key, ids, mode and number of batches tracked.
   *
   * @throws IllegalStateException without {@link BatchNormalization#channelsPerSlice}
   */
  public DataStream<BatchPiece> slices() {
    if (slices == null) {
      throw new IllegalStateException("there are no slices without channelsPerSlice");
    }
    return slices;
  }
}
