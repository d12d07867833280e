package io.batchnorm.operator;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.NonFinite;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.FeatureBatchSerializer;
import io.batchnorm.types.RejectedRecord;
import java.time.Duration;
import java.util.List;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** A running subtask of the micro-batcher. */
final class MicroBatcher implements AutoCloseable {
  private final KeyedProcessOperator<String, FeatureBatch, FeatureBatch> operator;
  private final KeyedHarness<FeatureBatch> harness;

  private MicroBatcher(
      KeyedProcessOperator<String, FeatureBatch, FeatureBatch> operator,
      KeyedHarness<FeatureBatch> harness) {
    this.operator = operator;
    this.harness = harness;
  }

  /**
   * How the micro-batcher of a test is set up.
   *
   * @param timeout in milliseconds, 0 for none
   */
  record Setup(
      Backend backend,
      int batchSize,
      long timeout,
      NonFinite nonFinite,
      boolean tellsOpened,
      int maxValues) {

    Setup tellingOpened() {
      return new Setup(backend, batchSize, timeout, nonFinite, true, maxValues);
    }

    static Setup of(Backend backend, int batchSize, long timeout) {
      return new Setup(backend, batchSize, timeout, NonFinite.REJECT, false, FeatureMap.MAX_VALUES);
    }

    MicroBatcher open() throws Exception {
      return restore(null);
    }

    MicroBatcher restore(OperatorSubtaskState state) throws Exception {
      Duration duration = timeout == 0 ? null : Duration.ofMillis(timeout);
      var operator =
          new KeyedProcessOperator<>(
              new MicroBatchFunction(
                  new Batching(batchSize, duration, nonFinite, maxValues), tellsOpened));
      KeyedHarness<FeatureBatch> harness = KeyedHarness.of(operator, 1, 0);
      harness.setStateBackend(backend.create());
      harness.setup(new FeatureBatchSerializer());
      if (state != null) {
        harness.initializeState(state);
      }
      harness.open();
      return new MicroBatcher(operator, harness);
    }
  }

  void sample(FeatureBatch sample) throws Exception {
    process(new StreamRecord<>(sample));
  }

  void sample(FeatureBatch sample, long timestamp) throws Exception {
    process(new StreamRecord<>(sample, timestamp));
  }

  private void process(StreamRecord<FeatureBatch> element) throws Exception {
    operator.setKeyContextElement(element);
    operator.processElement(element);
  }

  void watermark(long timestamp) throws Exception {
    operator.processWatermark(new Watermark(timestamp));
  }

  void endOfInput() throws Exception {
    watermark(Long.MAX_VALUE);
  }

  List<FeatureBatch> batches() {
    return harness.extractOutputValues();
  }

  /** Ids of each batch. */
  List<List<String>> ids() {
    return batches().stream().map(FeatureBatch::ids).toList();
  }

  List<RejectedRecord> rejected() {
    var records = harness.getSideOutput(SideOutput.REJECTED);
    return records == null ? List.of() : records.stream().map(StreamRecord::getValue).toList();
  }

  int timers() {
    return harness.numEventTimeTimers();
  }

  long counter(String name) {
    return ((Counter) harness.metrics().get("batchnorm." + name)).getCount();
  }

  OperatorSubtaskState checkpoint() throws Exception {
    return harness.snapshot(1, 1);
  }

  @Override
  public void close() throws Exception {
    harness.close();
  }
}
