package io.batchnorm.operator;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.PendingBatch;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Collects the samples of a key, {@code (1, C, *)} each, into batches {@code (N, C, *)} in their
 * order, with their ids.
 *
 * <p>{@link Batching} decides what goes together; end of input flushes what waits. A sample with
 * NaN or infinity is rejected by itself and spoils no batch.
 */
final class MicroBatchFunction extends KeyedProcessFunction<String, FeatureBatch, FeatureBatch> {
  private static final long serialVersionUID = 1L;

  private final Batching batching;
  private final boolean tellsOpened;

  private transient ListState<FeatureBatch> samples;
  private transient ValueState<PendingBatch> pending;
  private transient Rejections rejections;

  /**
   * @param tellsOpened whether an {@link OpenedBatch} goes ahead of every batch that has to wait
   */
  MicroBatchFunction(Batching batching, boolean tellsOpened) {
    this.batching = batching;
    this.tellsOpened = tellsOpened;
  }

  @Override
  public void open(OpenContext context) {
    samples =
        getRuntimeContext()
            .getListState(new ListStateDescriptor<>("samples", BatchNormTypes.FEATURE_BATCH));
    pending =
        getRuntimeContext()
            .getState(new ValueStateDescriptor<>("pending", BatchNormTypes.PENDING_BATCH));
    rejections =
        new Rejections(getRuntimeContext().getMetricGroup().addGroup(BatchNormMetrics.GROUP));
  }

  @Override
  public void processElement(FeatureBatch sample, Context ctx, Collector<FeatureBatch> out)
      throws Exception {
    try {
      batching.check(sample.features());
    } catch (InvalidBatchException e) {
      rejections.reject(sample, e, ctx::output);
      return;
    }
    add(sample, ctx, out);
  }

  private void add(FeatureBatch sample, Context ctx, Collector<FeatureBatch> out) throws Exception {
    TimerService timers = ctx.timerService();
    PendingBatch before = pending.value();
    if (before != null && !batching.takes(before, sample.features(), ctx.timestamp())) {
      flush(before, timers, out);
      before = null;
    }
    PendingBatch after =
        before == null ? batching.opened(sample.features(), ctx.timestamp()) : before.withOneMore();
    samples.add(sample);
    if (batching.isFull(after)) {
      flush(after, timers, out);
      return;
    }
    pending.update(after);
    if (before == null) {
      timers.registerEventTimeTimer(after.deadline());
      if (tellsOpened) {
        out.collect(OpenedBatch.of(sample.key()));
      }
    }
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext ctx, Collector<FeatureBatch> out)
      throws Exception {
    PendingBatch waiting = pending.value();
    if (waiting != null && batching.isDue(waiting, timestamp)) {
      flush(waiting, ctx.timerService(), out);
    }
  }

  private void flush(PendingBatch batch, TimerService timers, Collector<FeatureBatch> out)
      throws Exception {
    FeatureBatch stacked = stacked(batch.count());
    samples.clear();
    pending.clear();
    if (batch.deadline() != Long.MAX_VALUE) {
      timers.deleteEventTimeTimer(batch.deadline());
    }
    out.collect(stacked);
  }

  /** Goes over the samples once: those of many keys wait, and are in no cache. */
  private FeatureBatch stacked(int count) throws Exception {
    String key = null;
    List<String> ids = new ArrayList<>(count);
    List<FeatureMap> maps = new ArrayList<>(count);
    for (FeatureBatch sample : samples.get()) {
      key = sample.key();
      ids.add(sample.ids().get(0));
      maps.add(sample.features());
    }
    return new FeatureBatch(key, ids, FeatureMap.stack(maps));
  }
}
