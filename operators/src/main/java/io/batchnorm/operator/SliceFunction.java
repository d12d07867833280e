package io.batchnorm.operator;

import io.batchnorm.core.Layer;
import io.batchnorm.types.BatchPart;
import io.batchnorm.types.FeatureBatch;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Leads the slices of each key: decides over every batch as a whole, cuts those that are accepted,
 * and applies commands. Only here are batches rejected, so no slice learns of one that another
 * refuses; and only here is it decided which batch a command comes behind, so all slices agree.
 * Keeps all that a whole layer does, but for what the slices learn.
 */
final class SliceFunction extends KeyedProcessFunction<String, FeatureBatch, BatchPart>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1L;

  /** Of each key: the last turn, how many slices and batches there ever were, what was told. */
  static final ValueStateDescriptor<Tuple4<Long, Integer, Long, Long>> SENT =
      new ValueStateDescriptor<>(
          "sent", Types.TUPLE(Types.LONG, Types.INT, Types.LONG, Types.LONG));

  private final BatchNormSettings settings;
  private final int width;
  private transient KeyedLayers layers;
  private transient SliceSender sender;

  SliceFunction(BatchNormSettings settings, int width) {
    this.settings = settings;
    this.width = width;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    Layer layer = new Layer(settings.config(), settings.mode());
    layers = new KeyedLayers(settings, layer::admit, width, getRuntimeContext(), context);
    ValueState<Tuple4<Long, Integer, Long, Long>> sent =
        context.getKeyedStateStore().getState(SENT);
    sender = new SliceSender(width, sent, layers.metrics());
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    layers.snapshot();
  }

  @Override
  public void processElement(FeatureBatch batch, Context ctx, Collector<BatchPart> out)
      throws Exception {
    layers.normalize(batch, ctx.timerService(), ctx::output, sender.to(out));
  }

  /** The slices have what the commands did then, so it is stored here too. */
  @Override
  public void onTimer(long timestamp, OnTimerContext ctx, Collector<BatchPart> out)
      throws Exception {
    String key = ctx.getCurrentKey();
    layers.keep(key, layers.endOfInput(key, sender.to(out)));
  }
}
