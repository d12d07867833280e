package io.batchnorm.job.kafka;

import io.batchnorm.core.RejectionReason;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.Optional;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/** Rejects what would become records larger than their topics take, before it is learned from. */
public final class SizeGuard extends ProcessFunction<FeatureBatch, FeatureBatch> {
  private static final long serialVersionUID = 1L;

  private final RecordSizes sizes;

  private SizeGuard(RecordSizes sizes) {
    this.sizes = sizes;
  }

  /** The batches that fit; the others are in {@link #rejected}. */
  public static SingleOutputStreamOperator<FeatureBatch> of(
      DataStream<FeatureBatch> batches, RecordSizes sizes) {
    return batches
        .process(new SizeGuard(sizes), BatchNormTypes.FEATURE_BATCH)
        .uid("sizes")
        .name("sizes")
        .setParallelism(batches.getParallelism());
  }

  /** What did not fit. */
  public static DataStream<RejectedRecord> rejected(
      SingleOutputStreamOperator<FeatureBatch> guarded) {
    return guarded.getSideOutput(Outcome.REJECTED);
  }

  @Override
  public void processElement(FeatureBatch batch, Context ctx, Collector<FeatureBatch> out) {
    Optional<String> fault = sizes.fault(batch);
    if (fault.isEmpty()) {
      out.collect(batch);
      return;
    }
    for (String id : batch.ids()) {
      ctx.output(
          Outcome.REJECTED,
          new RejectedRecord(batch.key(), id, RejectionReason.TOO_LARGE, fault.get()));
    }
  }
}
