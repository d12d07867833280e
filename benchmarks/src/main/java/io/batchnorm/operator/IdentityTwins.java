package io.batchnorm.operator;

import io.batchnorm.core.Mode;
import io.batchnorm.core.NonFinite;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * The pipelines of {@link BatchNormalization} and {@link BatchNormServing}, with a function in
 * place of batch norm that hands on what comes. In this package, because micro-batches are made
 * here.
 */
public final class IdentityTwins {
  private IdentityTwins() {}

  public static DataStream<NormalizedBatch> ofBatches(DataStream<FeatureBatch> batches) {
    return keyed(Partitioning.byKey(batches, false));
  }

  public static DataStream<NormalizedBatch> ofSamples(
      DataStream<FeatureBatch> samples, int batchSize) {
    MicroBatches batches =
        MicroBatches.of(
            Partitioning.byKey(samples, false), batchSize, null, NonFinite.REJECT, false, "twin");
    return MicroBatches.samples(keyed(Partitioning.asIs(batches.batches())), "twin");
  }

  public static DataStream<NormalizedBatch> served(DataStream<FeatureBatch> batches) {
    return batches.map(IdentityTwins::unchanged).returns(BatchNormTypes.NORMALIZED_BATCH);
  }

  private static DataStream<NormalizedBatch> keyed(KeyedStream<FeatureBatch, String> batches) {
    return batches.process(new Identity()).returns(BatchNormTypes.NORMALIZED_BATCH);
  }

  private static NormalizedBatch unchanged(FeatureBatch batch) {
    return new NormalizedBatch(batch.key(), batch.ids(), batch.features(), Mode.EVAL, 0);
  }

  private static final class Identity
      extends KeyedProcessFunction<String, FeatureBatch, NormalizedBatch> {
    private static final long serialVersionUID = 1L;

    @Override
    public void processElement(FeatureBatch batch, Context ctx, Collector<NormalizedBatch> out) {
      out.collect(unchanged(batch));
    }
  }
}
