package io.batchnorm.operator;

import io.batchnorm.core.NonFinite;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.time.Duration;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/**
 * Wires the way from samples to batches of a key, and back.
 *
 * @param batches still partitioned by key
 * @param rejected samples that no batch takes
 */
record MicroBatches(DataStream<FeatureBatch> batches, DataStream<RejectedRecord> rejected) {

  /**
   * @param timeout event time from the first sample of a batch, or null for none
   * @param tellsOpened whether an {@link OpenedBatch} goes ahead of every batch that has to wait
   */
  static MicroBatches of(
      KeyedStream<FeatureBatch, String> samples,
      int batchSize,
      Duration timeout,
      NonFinite nonFinite,
      boolean tellsOpened,
      String uid) {
    SingleOutputStreamOperator<FeatureBatch> batches =
        samples
            .process(
                new MicroBatchFunction(Batching.of(batchSize, timeout, nonFinite), tellsOpened))
            .returns(BatchNormTypes.FEATURE_BATCH)
            .uid(uid + "-micro-batcher")
            .name(uid + "-micro-batcher");
    return new MicroBatches(batches, batches.getSideOutput(SideOutput.REJECTED));
  }

  /** Takes normalized batches apart again. */
  static DataStream<NormalizedBatch> samples(DataStream<NormalizedBatch> batches, String uid) {
    return batches
        .flatMap(new UnbatchFunction())
        .returns(BatchNormTypes.NORMALIZED_BATCH)
        .uid(uid + "-unbatcher")
        .name(uid + "-unbatcher");
  }
}
