package io.batchnorm.operator;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyState;
import io.batchnorm.types.KeyStateSerializer;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/** One running subtask of the keyed operator, with or without a control stream. */
final class Subtask implements AutoCloseable {
  private final KeyedHarness<NormalizedBatch> harness;
  private final Input input;

  private Subtask(KeyedHarness<NormalizedBatch> harness, Input input) {
    this.harness = harness;
    this.input = input;
  }

  static Subtask of(Job job, int parallelism, int index, OperatorSubtaskState state)
      throws Exception {
    Input input = job.controlled() ? controlled(job) : uncontrolled(job);
    KeyedHarness<NormalizedBatch> harness = KeyedHarness.of(input.operator(), parallelism, index);
    harness.setStateBackend(job.backend().create());
    harness.setup(
        BatchNormTypes.NORMALIZED_BATCH.createSerializer(
            harness.getExecutionConfig().getSerializerConfig()));
    if (state != null) {
      harness.initializeState(state);
    }
    harness.open();
    return new Subtask(harness, input);
  }

  /** The two kinds of operator, fed alike. */
  private interface Input {
    AbstractStreamOperator<NormalizedBatch> operator();

    void batch(StreamRecord<FeatureBatch> record) throws Exception;

    void direct(StreamRecord<Directive> record) throws Exception;

    void watermark(Watermark watermark) throws Exception;
  }

  private static Input uncontrolled(Job job) {
    var operator = new KeyedProcessOperator<>(new BatchNormFunction(job.settings()));
    return new Input() {
      @Override
      public AbstractStreamOperator<NormalizedBatch> operator() {
        return operator;
      }

      @Override
      public void batch(StreamRecord<FeatureBatch> record) throws Exception {
        operator.setKeyContextElement(record);
        operator.processElement(record);
      }

      @Override
      public void direct(StreamRecord<Directive> record) {
        throw new UnsupportedOperationException("no control stream");
      }

      @Override
      public void watermark(Watermark watermark) throws Exception {
        operator.processWatermark(watermark);
      }
    };
  }

  private static Input controlled(Job job) {
    var operator = new JoiningControlledOperator(job.settings());
    return new Input() {
      @Override
      public AbstractStreamOperator<NormalizedBatch> operator() {
        return operator;
      }

      @Override
      public void batch(StreamRecord<FeatureBatch> record) throws Exception {
        operator.setKeyContextElement1(record);
        operator.processElement1(new StreamRecord<>(record.getValue()));
      }

      @Override
      public void direct(StreamRecord<Directive> record) throws Exception {
        operator.setKeyContextElement2(record);
        operator.processElement2(record);
      }

      @Override
      public void watermark(Watermark watermark) throws Exception {
        operator.processWatermark1(watermark);
        operator.processWatermark2(watermark);
      }
    };
  }

  void batch(FeatureBatch batch) throws Exception {
    input.batch(new StreamRecord<>(batch));
  }

  void batches(Collection<FeatureBatch> batches) throws Exception {
    for (FeatureBatch batch : batches) {
      batch(batch);
    }
  }

  void direct(Directive directive) throws Exception {
    input.direct(new StreamRecord<>(directive));
  }

  void endOfInput() throws Exception {
    input.watermark(Watermark.MAX_WATERMARK);
  }

  /** Lets processing time pass. */
  void at(long time) throws Exception {
    harness.setProcessingTime(time);
  }

  int processingTimeTimers() {
    return harness.numProcessingTimeTimers();
  }

  int eventTimeTimers() {
    return harness.numEventTimeTimers();
  }

  List<NormalizedBatch> normalized() {
    return harness.extractOutputValues();
  }

  List<RejectedRecord> rejected() {
    return side(SideOutput.REJECTED);
  }

  List<KeyStatistics> statistics() {
    return side(SideOutput.STATISTICS);
  }

  private <T> List<T> side(OutputTag<T> tag) {
    var records = harness.getSideOutput(tag);
    return records == null ? List.of() : records.stream().map(StreamRecord::getValue).toList();
  }

  /** A checkpoint, in the backend's own format. */
  OperatorSubtaskState checkpoint() throws Exception {
    return harness.snapshot(1, 1);
  }

  /** A savepoint that either backend restores. */
  OperatorSubtaskState savepoint() throws Exception {
    return harness
        .snapshotWithLocalState(1, 1, SavepointType.savepoint(SavepointFormatType.CANONICAL))
        .getJobManagerOwnedState();
  }

  /** Null if the key has no state. */
  KeyState state(String key) throws Exception {
    AbstractStreamOperator<?> operator = input.operator();
    operator.setCurrentKey(key);
    return operator
        .<String>getKeyedStateBackend()
        .getPartitionedState(
            VoidNamespace.INSTANCE,
            VoidNamespaceSerializer.INSTANCE,
            new ValueStateDescriptor<>("layer", BatchNormTypes.KEY_STATE))
        .value();
  }

  /** The key's state as it would stand in a savepoint. */
  byte[] bytes(String key) throws Exception {
    DataOutputSerializer out = new DataOutputSerializer(64);
    KeyState state = state(key);
    if (state != null) {
      new KeyStateSerializer().serialize(state, out);
    }
    return out.getCopyOfBuffer();
  }

  /** Directives in broadcast state. */
  Map<Long, Directive> directives() throws Exception {
    Map<Long, Directive> directives = new TreeMap<>();
    harness
        .getOperator()
        .getOperatorStateBackend()
        .getBroadcastState(DirectiveLog.DIRECTIVES)
        .iterator()
        .forEachRemaining(entry -> directives.put(entry.getKey(), entry.getValue()));
    return directives;
  }

  long counter(String name) {
    return ((Counter) harness.metrics().get("batchnorm." + name)).getCount();
  }

  long frozenKeys() {
    return (Long) ((Gauge<?>) harness.metrics().get("batchnorm.frozen_keys")).getValue();
  }

  @Override
  public void close() throws Exception {
    harness.close();
  }
}
