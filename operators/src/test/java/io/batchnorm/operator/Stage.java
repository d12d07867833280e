package io.batchnorm.operator;

import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;
import org.apache.flink.util.function.SupplierWithException;

/** One keyed operator of one input at some parallelism, in harnesses. */
final class Stage<T> implements AutoCloseable {
  private final Backend backend;
  private final SupplierWithException<OneInputStreamOperator<?, T>, Exception> operators;
  private final KeySelector<?, String> byKey;
  private final TypeInformation<T> type;
  private final List<KeyedHarness<T>> running = new ArrayList<>();
  private final List<Integer> seen = new ArrayList<>();
  private final List<Integer> seenBeside = new ArrayList<>();
  private final List<T> outputs = new ArrayList<>();
  private final List<List<Object>> beside = new ArrayList<>();

  Stage(
      Backend backend,
      SupplierWithException<OneInputStreamOperator<?, T>, Exception> operators,
      KeySelector<?, String> byKey,
      TypeInformation<T> type) {
    this.backend = backend;
    this.operators = operators;
    this.byKey = byKey;
    this.type = type;
  }

  void open(int parallelism) throws Exception {
    for (int index = 0; index < parallelism; index++) {
      start(parallelism, index, null);
    }
  }

  private void start(int parallelism, int index, OperatorSubtaskState state) throws Exception {
    KeyedHarness<T> harness = KeyedHarness.of(operators.get(), byKey, parallelism, index);
    harness.setStateBackend(backend.create());
    harness.setup(type.createSerializer(harness.getExecutionConfig().getSerializerConfig()));
    if (state != null) {
      harness.initializeState(state);
    }
    harness.open();
    running.add(harness);
    seen.add(0);
    seenBeside.add(0);
  }

  OperatorSubtaskState snapshot() throws Exception {
    OperatorSubtaskState[] parts = new OperatorSubtaskState[running.size()];
    for (int index = 0; index < parts.length; index++) {
      parts[index] = running.get(index).snapshot(1, 1);
    }
    return AbstractStreamOperatorTestHarness.repackageState(parts);
  }

  void restore(int parallelism) throws Exception {
    OperatorSubtaskState all = snapshot();
    int before = running.size();
    close();
    for (int index = 0; index < parallelism; index++) {
      start(
          parallelism,
          index,
          AbstractStreamOperatorTestHarness.repartitionOperatorState(
              all, KeyedHarness.MAX_PARALLELISM, before, parallelism, index));
    }
  }

  /** Starts one more, of that state. */
  void restoreFrom(OperatorSubtaskState state) throws Exception {
    start(1, 0, state);
  }

  int parallelism() {
    return running.size();
  }

  int subtaskOf(String key) {
    return KeyedHarness.subtaskOf(key, running.size());
  }

  @SuppressWarnings("unchecked")
  <I> void feed(int index, StreamRecord<I> record) {
    try {
      var operator = (OneInputStreamOperator<I, T>) running.get(index).getOperator();
      operator.setKeyContextElement(record);
      operator.processElement(record);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  void watermark(int index, Watermark mark) throws Exception {
    ((OneInputStreamOperator<?, ?>) running.get(index).getOperator()).processWatermark(mark);
  }

  void endInput() throws Exception {
    for (KeyedHarness<T> harness : running) {
      ((BoundedOneInput) harness.getOperator()).endInput();
    }
  }

  AbstractStreamOperator<T> operator(int index) {
    return (AbstractStreamOperator<T>) running.get(index).getOperator();
  }

  KeyedHarness<T> harness(int index) {
    return running.get(index);
  }

  /** Since this was last asked of that subtask. */
  List<T> newOutputs(int index) {
    List<T> all = running.get(index).extractOutputValues();
    List<T> fresh = all.subList(seen.get(index), all.size());
    seen.set(index, all.size());
    return fresh;
  }

  <S> List<S> newSideOutputs(int index, OutputTag<S> tag) {
    List<S> all = sideOutputs(running.get(index), tag);
    List<S> fresh = all.subList(seenBeside.get(index), all.size());
    seenBeside.set(index, all.size());
    return fresh;
  }

  private static <S> List<S> sideOutputs(KeyedHarness<?> harness, OutputTag<S> tag) {
    var records = harness.getSideOutput(tag);
    return records == null ? List.of() : records.stream().map(StreamRecord::getValue).toList();
  }

  /** Since the start. */
  List<T> outputs() {
    List<T> all = new ArrayList<>(outputs);
    running.forEach(harness -> all.addAll(harness.extractOutputValues()));
    return all;
  }

  @SuppressWarnings("unchecked")
  <S> List<S> sideOutputs(OutputTag<S> tag) {
    List<S> all = new ArrayList<>();
    beside.forEach(values -> values.forEach(value -> all.add((S) value)));
    running.forEach(harness -> all.addAll(sideOutputs(harness, tag)));
    return all;
  }

  @Override
  public void close() throws Exception {
    for (KeyedHarness<T> harness : running) {
      outputs.addAll(harness.extractOutputValues());
      beside.add(List.copyOf(sideOutputs(harness, SideOutput.REJECTED)));
      harness.close();
    }
    running.clear();
    seen.clear();
    seenBeside.clear();
  }
}
