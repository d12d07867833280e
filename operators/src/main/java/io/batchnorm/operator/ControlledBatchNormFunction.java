package io.batchnorm.operator;

import io.batchnorm.types.BatchPart;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.co.KeyedBroadcastProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Keyed batch norm with a control stream of {@link Directive}s.
 *
 * @param <B> the type that a stream of batches has; all that come are whole
 */
final class ControlledBatchNormFunction<B extends BatchPart>
    extends KeyedBroadcastProcessFunction<String, B, Directive, NormalizedBatch>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1L;

  private final BatchNormSettings settings;
  private transient KeyedLayers layers;

  ControlledBatchNormFunction(BatchNormSettings settings) {
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
  public void processElement(B batch, ReadOnlyContext ctx, Collector<NormalizedBatch> out)
      throws Exception {
    layers.normalize((FeatureBatch) batch, ctx.timerService(), out, ctx::output);
  }

  @Override
  public void processBroadcastElement(
      Directive directive, Context ctx, Collector<NormalizedBatch> out) throws Exception {
    boolean first = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask() == 0;
    layers.direct(directive, first, ctx::output);
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext ctx, Collector<NormalizedBatch> out)
      throws Exception {
    layers.onTimer(timestamp, ctx.getCurrentKey(), ctx.timerService(), ctx::output);
  }
}
