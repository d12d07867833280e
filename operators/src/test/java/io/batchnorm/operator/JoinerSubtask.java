package io.batchnorm.operator;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.BatchPart;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.FeatureBatch;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** One running subtask that puts pieces together to batches. */
final class JoinerSubtask implements AutoCloseable {
  private final JoinOperator<BatchPart, FeatureBatch> operator;
  private final KeyedHarness<FeatureBatch> harness;

  private JoinerSubtask(
      JoinOperator<BatchPart, FeatureBatch> operator, KeyedHarness<FeatureBatch> harness) {
    this.operator = operator;
    this.harness = harness;
  }

  static JoinerSubtask open(Backend backend, boolean inOrder) throws Exception {
    return restore(backend, inOrder, 1, 0, null);
  }

  static JoinerSubtask restore(
      Backend backend, boolean inOrder, int parallelism, int index, OperatorSubtaskState state)
      throws Exception {
    JoinOperator<BatchPart, FeatureBatch> operator =
        new JoinOperator<>(
            inOrder, part -> part instanceof BatchPiece p ? p.batch() : (FeatureBatch) part);
    KeyedHarness<FeatureBatch> harness = KeyedHarness.of(operator, parallelism, index);
    harness.setStateBackend(backend.create());
    harness.setup(
        BatchNormTypes.FEATURE_BATCH.createSerializer(
            harness.getExecutionConfig().getSerializerConfig()));
    if (state != null) {
      harness.initializeState(state);
    }
    harness.open();
    return new JoinerSubtask(operator, harness);
  }

  void takes(BatchPart part) throws Exception {
    takes(new StreamRecord<>(part));
  }

  void takes(StreamRecord<BatchPart> record) throws Exception {
    operator.setKeyContextElement(record);
    operator.processElement(record);
  }

  void endOfInput() throws Exception {
    operator.endInput();
  }

  List<FeatureBatch> batches() {
    return harness.extractOutputValues();
  }

  List<StreamRecord<? extends FeatureBatch>> records() {
    return harness.extractOutputStreamRecords();
  }

  OperatorSubtaskState checkpoint(long id) throws Exception {
    return harness.snapshot(id, id);
  }

  @Override
  public void close() throws Exception {
    harness.close();
  }
}
