package io.batchnorm.operator;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import io.batchnorm.types.RunningStatisticsSerializer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;

/** One running subtask of the operator that follows a statistics stream. */
final class ServingSubtask implements AutoCloseable {
  private final FollowingBatchNormOperator operator;
  private final AbstractStreamOperatorTestHarness<NormalizedBatch> harness;
  private final KeyedHarness.Metrics metrics;

  private ServingSubtask(
      FollowingBatchNormOperator operator,
      AbstractStreamOperatorTestHarness<NormalizedBatch> harness,
      KeyedHarness.Metrics metrics) {
    this.operator = operator;
    this.harness = harness;
    this.metrics = metrics;
  }

  static ServingSubtask of(ServingJob job, int parallelism, int index, OperatorSubtaskState state)
      throws Exception {
    KeyedHarness.Metrics metrics = new KeyedHarness.Metrics();
    FollowingBatchNormOperator operator = job.operator();
    AbstractStreamOperatorTestHarness<NormalizedBatch> harness =
        new AbstractStreamOperatorTestHarness<>(
            operator, KeyedHarness.environment(metrics, parallelism, index));
    harness.setStateBackend(job.backend().create());
    harness.setup(
        BatchNormTypes.NORMALIZED_BATCH.createSerializer(
            harness.getExecutionConfig().getSerializerConfig()));
    if (state != null) {
      harness.initializeState(state);
    }
    harness.open();
    return new ServingSubtask(operator, harness, metrics);
  }

  void batch(FeatureBatch batch) throws Exception {
    operator.processElement1(new StreamRecord<>(batch));
  }

  /** Several, in order. */
  void batches(FeatureBatch... batches) throws Exception {
    for (FeatureBatch batch : batches) {
      batch(batch);
    }
  }

  void batchAt(long timestamp, FeatureBatch batch) throws Exception {
    operator.processElement1(new StreamRecord<>(batch, timestamp));
  }

  /** Several, in order. */
  void publish(KeyStatistics... updates) throws Exception {
    for (KeyStatistics update : updates) {
      operator.processElement2(new StreamRecord<>(update));
    }
  }

  void recordsEnd() throws Exception {
    operator.endInput(1);
  }

  void statisticsEnd() throws Exception {
    operator.endInput(2);
  }

  void watermarkOfRecords(Watermark mark) throws Exception {
    operator.processWatermark1(mark);
  }

  void watermarkOfStatistics(Watermark mark) throws Exception {
    operator.processWatermark2(mark);
  }

  void statusOfRecords(WatermarkStatus status) throws Exception {
    operator.processWatermarkStatus1(status);
  }

  void statusOfStatistics(WatermarkStatus status) throws Exception {
    operator.processWatermarkStatus2(status);
  }

  List<NormalizedBatch> normalized() {
    return harness.extractOutputValues();
  }

  List<StreamRecord<? extends NormalizedBatch>> normalizedWithTimestamps() {
    return harness.extractOutputStreamRecords();
  }

  /** Watermarks and their status, without the records between them. */
  List<Object> time() {
    return harness.getOutput().stream().filter(e -> !(e instanceof StreamRecord)).toList();
  }

  List<RejectedRecord> rejected() {
    return rejectedWithTimestamps().stream().map(StreamRecord::getValue).toList();
  }

  List<StreamRecord<RejectedRecord>> rejectedWithTimestamps() {
    var records = harness.getSideOutput(SideOutput.REJECTED);
    return records == null ? List.of() : List.copyOf(records);
  }

  OperatorSubtaskState checkpoint() throws Exception {
    return harness.snapshot(1, 1);
  }

  /** What broadcast state holds. */
  Map<String, KeyStatistics> statistics() throws Exception {
    Map<String, KeyStatistics> statistics = new TreeMap<>();
    operator
        .getOperatorStateBackend()
        .getBroadcastState(PublishedStatistics.STATISTICS)
        .iterator()
        .forEachRemaining(entry -> statistics.put(entry.getKey(), entry.getValue()));
    return statistics;
  }

  /** The numbers of every key as they would stand in a savepoint. */
  Map<String, byte[]> bytes() throws Exception {
    Map<String, byte[]> bytes = new TreeMap<>();
    for (KeyStatistics latest : statistics().values()) {
      bytes.put(latest.key(), bytes(latest));
    }
    return bytes;
  }

  static byte[] bytes(KeyStatistics latest) throws Exception {
    DataOutputSerializer out = new DataOutputSerializer(64);
    new RunningStatisticsSerializer().serialize(latest.statistics(), out);
    return out.getCopyOfBuffer();
  }

  long counter(String name) {
    return ((Counter) metrics.get("batchnorm." + name)).getCount();
  }

  Object gauge(String name) {
    return ((Gauge<?>) metrics.get("batchnorm." + name)).getValue();
  }

  @Override
  public void close() throws Exception {
    harness.close();
    harness.getEnvironment().close();
  }
}
