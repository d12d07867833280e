package io.batchnorm.operator;

import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Keyed batch norm without a control stream. It has one input, so Flink chains it to what reads and
 * what writes the batches, and no tensor is serialized on the way. Its state is that of {@link
 * ControlledBatchNormFunction}: a savepoint of one restores the other.
 */
final class BatchNormFunction extends KeyedProcessFunction<String, FeatureBatch, NormalizedBatch>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1L;

  private final BatchNormSettings settings;
  private transient KeyedLayers layers;

  BatchNormFunction(BatchNormSettings settings) {
    this.settings = settings;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    layers = new KeyedLayers(settings, getRuntimeContext(), context);
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    layers.snapshot();
  }

  @Override
  public void processElement(FeatureBatch batch, Context ctx, Collector<NormalizedBatch> out)
      throws Exception {
    layers.normalize(batch, ctx.timerService(), out, ctx::output);
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext ctx, Collector<NormalizedBatch> out)
      throws Exception {
    layers.onTimer(timestamp, ctx.getCurrentKey(), ctx.timerService(), ctx::output);
  }
}
