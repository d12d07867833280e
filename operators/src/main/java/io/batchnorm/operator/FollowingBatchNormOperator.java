package io.batchnorm.operator;

import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.FrozenBatchNorm;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.Output;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.OutputTag;

/**
 * Batch norm by frozen statistics that a stream replaces while the job runs. Records come by the
 * first input, statistics by the second, broadcast. Not keyed; any subtask serves any key.
 *
 * <p>An operator and no BroadcastProcessFunction, because a function is not told when its inputs
 * end, and records that wait for statistics must then go somewhere.
 *
 * <p>Event time is that of the records alone: a statistics stream without watermarks does not stop
 * it. A record that waited keeps its timestamp and may so come behind the watermark, but not behind
 * the last one, which waits for the end of the statistics.
 */
final class FollowingBatchNormOperator extends AbstractStreamOperator<NormalizedBatch>
    implements TwoInputStreamOperator<FeatureBatch, KeyStatistics, NormalizedBatch>,
        BoundedMultiInput {
  private static final long serialVersionUID = 1L;
  private static final long NO_TIMESTAMP = Long.MIN_VALUE;
  private static final int RECORDS = 0;

  /** Records with their timestamps. On a rescale Flink deals them out to any subtask. */
  static final ListStateDescriptor<Tuple2<FeatureBatch, Long>> HELD =
      new ListStateDescriptor<>("held", Types.TUPLE(BatchNormTypes.FEATURE_BATCH, Types.LONG));

  private final BatchNormConfig layerConfig;
  private final double alpha;
  private final SeedDirectives initial;
  private final int hold;

  private transient FrozenLayer layer;
  private transient PublishedStatistics published;

  /** What {@link #published} has of the keys that were asked for, since it last changed. */
  private transient Map<String, FrozenBatchNorm> byKey;

  private transient HeldRecords held;
  private transient ListState<Tuple2<FeatureBatch, Long>> heldState;
  private transient BatchNormMetrics counters;
  private transient Counter older;
  private transient int openInputs;
  private transient boolean recordsAtEndOfTime;
  private transient boolean statisticsAtEndOfTime;

  /**
   * @param alpha weight of the batch's own statistics, 0 for plain eval
   * @param initial loads, one for each key
   * @param hold records that wait at the most
   */
  FollowingBatchNormOperator(
      BatchNormConfig config, double alpha, SeedDirectives initial, int hold) {
    this.layerConfig = config;
    this.alpha = alpha;
    this.initial = initial;
    this.hold = hold;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    layer = new FrozenLayer(layerConfig, alpha, false);
    published = PublishedStatistics.restored(context.getOperatorStateStore(), initial);
    byKey = new HashMap<>();
    held = new HeldRecords(hold);
    heldState = context.getOperatorStateStore().getListState(HELD);
    for (Tuple2<FeatureBatch, Long> record : heldState.get()) {
      held.restore(withTimestamp(record.f0, record.f1));
    }
    heldState.clear();
  }

  /**
   * The policy may be another than when a restored record was held, so what can be normalized now
   * is: it might wait for ever for another update. Flink has opened the operators behind this one.
   */
  @Override
  public void open() throws Exception {
    super.open();
    openInputs = 2;
    counters = new BatchNormMetrics(getMetricGroup(), published);
    MetricGroup group = getMetricGroup().addGroup(BatchNormMetrics.GROUP);
    group.gauge("held_records", held);
    older = group.counter("statistics_older");
    FrozenLayer.announce(published.byKey());
    for (String key : held.keys()) {
      releaseIfServed(key);
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    List<Tuple2<FeatureBatch, Long>> records = new ArrayList<>();
    for (StreamRecord<FeatureBatch> record : held.all()) {
      records.add(
          Tuple2.of(
              record.getValue(), record.hasTimestamp() ? record.getTimestamp() : NO_TIMESTAMP));
    }
    heldState.update(records);
  }

  @Override
  public void processElement1(StreamRecord<FeatureBatch> record) throws Exception {
    FrozenBatchNorm known = known(record.getValue().key());
    if (layer.serves(known)) {
      normalize(record, known);
    } else {
      hold(record);
    }
  }

  @Override
  public void processElement2(StreamRecord<KeyStatistics> update) throws Exception {
    if (published.publish(update.getValue())) {
      byKey.remove(update.getValue().key());
      releaseIfServed(update.getValue().key());
    } else {
      older.inc();
    }
  }

  /** Null for nothing. */
  private FrozenBatchNorm known(String key) throws Exception {
    FrozenBatchNorm known = byKey.get(key);
    if (known == null) {
      RunningStatistics statistics = published.of(key);
      if (statistics == null) {
        return null;
      }
      known = layer.known(statistics);
      byKey.put(key, known);
    }
    return known;
  }

  private void releaseIfServed(String key) throws Exception {
    FrozenBatchNorm known = known(key);
    if (layer.serves(known)) {
      for (StreamRecord<FeatureBatch> record : held.release(key)) {
        normalize(record, known);
      }
    }
  }

  private void normalize(StreamRecord<FeatureBatch> record, FrozenBatchNorm known) {
    NormalizedBatch normalized;
    try {
      normalized = layer.normalized(record.getValue(), known);
    } catch (InvalidBatchException e) {
      reject(record, e);
      return;
    }
    counters.normalized(record.getValue());
    output.collect(inPlaceOf(record, normalized));
  }

  private void hold(StreamRecord<FeatureBatch> record) {
    try {
      layer.checkNormalizable(record.getValue());
    } catch (InvalidBatchException e) {
      reject(record, e);
      return;
    }
    if (!held.hold(record)) {
      reject(
          record,
          notArrived(
              "key %s has no statistics yet, and %d records wait already where hold allows %d; raise"
                      .formatted(record.getValue().key(), held.getValue(), held.limit())
                  + " hold, or start with statistics of the key"));
    }
  }

  @Override
  public void endInput(int inputId) {
    openInputs--;
    if (openInputs > 0) {
      return;
    }
    for (String key : held.keys()) {
      InvalidBatchException never =
          notArrived(
              "statistics of key %s had not arrived when both streams ended; publish some of it, or"
                      .formatted(key)
                  + " start with some");
      held.release(key).forEach(record -> reject(record, never));
    }
  }

  private static InvalidBatchException notArrived(String message) {
    return new InvalidBatchException(RejectionReason.STATISTICS_NOT_ARRIVED, message);
  }

  private void reject(StreamRecord<FeatureBatch> record, InvalidBatchException e) {
    counters.rejections().reject(record.getValue(), e, new BesideRecord(output, record));
  }

  /** A side output whose values have the timestamp of the record that they are about. */
  private record BesideRecord(
      Output<StreamRecord<NormalizedBatch>> output, StreamRecord<FeatureBatch> record)
      implements SideOutput {
    @Override
    public <T> void output(OutputTag<T> tag, T value) {
      output.collect(tag, inPlaceOf(record, value));
    }
  }

  private static <T> StreamRecord<T> inPlaceOf(StreamRecord<FeatureBatch> record, T value) {
    return withTimestamp(value, record.hasTimestamp() ? record.getTimestamp() : NO_TIMESTAMP);
  }

  private static <T> StreamRecord<T> withTimestamp(T value, long timestamp) {
    return timestamp == NO_TIMESTAMP
        ? new StreamRecord<>(value)
        : new StreamRecord<>(value, timestamp);
  }

  @Override
  public void processWatermark1(Watermark mark) throws Exception {
    recordsAtEndOfTime = mark.equals(Watermark.MAX_WATERMARK);
    if (!recordsAtEndOfTime || statisticsAtEndOfTime) {
      processWatermark(mark);
    }
  }

  @Override
  public void processWatermark2(Watermark mark) throws Exception {
    statisticsAtEndOfTime = mark.equals(Watermark.MAX_WATERMARK);
    if (recordsAtEndOfTime && statisticsAtEndOfTime) {
      processWatermark(mark);
    }
  }

  @Override
  protected void processWatermarkStatus(WatermarkStatus status, int input) throws Exception {
    if (input == RECORDS) {
      processWatermarkStatus(status);
    }
  }
}
