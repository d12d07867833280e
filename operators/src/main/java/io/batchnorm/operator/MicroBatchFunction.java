package io.batchnorm.operator;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.NonFinite;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.PendingBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
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
 * <p>A batch goes on when it has {@code batchSize} samples, when {@code timeout} of event time has
 * passed since its first, before a sample of another shape or one too many for {@link
 * FeatureMap#MAX_VALUES}, or at end of input. A sample whose own time is past the deadline opens
 * the next batch, whether the watermark has come or not, so batches of samples in order of time do
 * not depend on when watermarks come. A sample with NaN or infinity is rejected by itself and
 * spoils no batch.
 */
final class MicroBatchFunction extends KeyedProcessFunction<String, FeatureBatch, FeatureBatch> {
  private static final long serialVersionUID = 1L;

  private final int batchSize;
  private final Duration timeout;
  private final NonFinite nonFinite;
  private final boolean tellsOpened;
  private final int maxValues;

  private transient ListState<FeatureBatch> samples;
  private transient ValueState<PendingBatch> pending;
  private transient Rejections rejections;

  /**
   * @param timeout event time from the first sample of a batch, or null for none
   * @param tellsOpened whether an {@link OpenedBatch} goes ahead of every batch that has to wait
   */
  MicroBatchFunction(int batchSize, Duration timeout, NonFinite nonFinite, boolean tellsOpened) {
    this(batchSize, timeout, nonFinite, tellsOpened, FeatureMap.MAX_VALUES);
  }

  /** For tests, which cannot have a GiB for each batch. */
  MicroBatchFunction(
      int batchSize, Duration timeout, NonFinite nonFinite, boolean tellsOpened, int maxValues) {
    this.tellsOpened = tellsOpened;
    this.maxValues = maxValues;
    this.batchSize = batchSize;
    this.timeout = timeout;
    this.nonFinite = nonFinite;
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
      check(sample.features());
    } catch (InvalidBatchException e) {
      rejections.reject(sample, e, ctx::output);
      return;
    }
    add(sample, ctx, out);
  }

  private void check(FeatureMap sample) {
    if (sample.batchSize() != 1) {
      throw new InvalidBatchException(
          RejectionReason.MALFORMED_INPUT,
          "sample %s has N = %d, wanted (1, C, *); send batches past the micro-batcher"
              .formatted(Arrays.toString(sample.shape()), sample.batchSize()));
    }
    sample.checkNotEmpty();
    if (nonFinite == NonFinite.REJECT) {
      sample.checkFinite();
    }
  }

  private void add(FeatureBatch sample, Context ctx, Collector<FeatureBatch> out) throws Exception {
    TimerService timers = ctx.timerService();
    PendingBatch before = pending.value();
    String shape = shapeOf(sample.features());
    if (before != null && !takes(before, sample, shape, ctx.timestamp())) {
      flush(before, timers, out);
      before = null;
    }
    PendingBatch after =
        before == null
            ? new PendingBatch(1, deadline(ctx.timestamp()), shape)
            : new PendingBatch(before.count() + 1, before.deadline(), shape);
    samples.add(sample);
    if (after.count() >= batchSize) {
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

  private boolean takes(PendingBatch batch, FeatureBatch sample, String shape, Long timestamp) {
    long values = (batch.count() + 1L) * sample.features().values().length;
    return batch.shape().equals(shape) && !isPast(batch, timestamp) && values <= maxValues;
  }

  private boolean isPast(PendingBatch batch, Long timestamp) {
    return timeout != null && timestamp >= batch.deadline();
  }

  private long deadline(Long timestamp) {
    if (timeout == null) {
      return Long.MAX_VALUE;
    }
    if (timestamp == null) {
      throw new IllegalStateException(
          "a batch timeout wants event time, the samples have no timestamps; assign timestamps"
              + " and watermarks or batch by count alone");
    }
    return timestamp + timeout.toMillis();
  }

  private static String shapeOf(FeatureMap sample) {
    return Arrays.stream(sample.shape())
        .skip(1)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining("x"));
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext ctx, Collector<FeatureBatch> out)
      throws Exception {
    PendingBatch waiting = pending.value();
    if (waiting != null && waiting.deadline() <= timestamp) {
      flush(waiting, ctx.timerService(), out);
    }
  }

  private void flush(PendingBatch batch, TimerService timers, Collector<FeatureBatch> out)
      throws Exception {
    List<FeatureBatch> waiting = new ArrayList<>(batch.count());
    samples.get().forEach(waiting::add);
    samples.clear();
    pending.clear();
    if (batch.deadline() != Long.MAX_VALUE) {
      timers.deleteEventTimeTimer(batch.deadline());
    }
    out.collect(stacked(waiting));
  }

  private static FeatureBatch stacked(List<FeatureBatch> samples) {
    List<String> ids = samples.stream().map(sample -> sample.ids().get(0)).toList();
    List<FeatureMap> maps = samples.stream().map(FeatureBatch::features).toList();
    return new FeatureBatch(samples.get(0).key(), ids, FeatureMap.stack(maps));
  }
}
