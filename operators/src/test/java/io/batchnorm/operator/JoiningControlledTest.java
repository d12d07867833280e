package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.BatchPart;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The operator with a control stream, which puts pieces together itself. */
class JoiningControlledTest {
  private static final FeatureBatch FIRST = Batches.of("camera", 1);
  private static final FeatureBatch SECOND = Batches.of("camera", 2);
  private static final FeatureBatch OTHER = Batches.of("sensor", 1);

  private static BatchPiece piece(FeatureBatch batch, int from, int to) {
    return BatchPiece.of(batch, 7, batch.ids().hashCode()).channels(from, to);
  }

  private record Running(JoiningControlledOperator operator, KeyedHarness<NormalizedBatch> harness)
      implements AutoCloseable {

    static Running of(Backend backend, Running before) throws Exception {
      var operator = new JoiningControlledOperator(Job.on(backend).settings());
      KeyedHarness<NormalizedBatch> harness = KeyedHarness.of(operator, 1, 0);
      harness.setStateBackend(backend.create());
      harness.setup(
          BatchNormTypes.NORMALIZED_BATCH.createSerializer(
              harness.getExecutionConfig().getSerializerConfig()));
      if (before != null) {
        harness.initializeState(before.harness.snapshot(1, 1));
      }
      harness.open();
      return new Running(operator, harness);
    }

    void takes(BatchPart part) throws Exception {
      StreamRecord<BatchPart> record = new StreamRecord<>(part, 5);
      operator.setKeyContextElement1(record);
      operator.processElement1(record);
    }

    @Override
    public void close() throws Exception {
      harness.close();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void goesOnInTheMiddleOfBatches(Backend backend) throws Exception {
    EagerModel model = new EagerModel(Job.on(backend));
    model.direct(Directive.freeze("camera").afterBatches(1));
    List<FeatureBatch> inOrder = List.of(SECOND, OTHER, FIRST);
    inOrder.forEach(model::batch);
    List<NormalizedBatch> normalized = new ArrayList<>();

    try (Running before = Running.of(backend, null)) {
      before
          .operator()
          .processElement2(new StreamRecord<>(Directive.freeze("camera").afterBatches(1)));
      before.takes(piece(FIRST, 0, 1));
      before.takes(piece(SECOND, 2, 3));
      before.takes(SECOND);
      before.takes(piece(OTHER, 1, 3));
      normalized.addAll(before.harness().extractOutputValues());
      try (Running after = Running.of(backend, before)) {
        after.takes(piece(OTHER, 0, 1));
        after.takes(piece(FIRST, 1, 3));
        normalized.addAll(after.harness().extractOutputValues());

        assertThat(after.harness().extractOutputStreamRecords())
            .allSatisfy(record -> assertThat(record.getTimestamp()).isEqualTo(5));
        assertThatThrownBy(() -> after.operator().endInput(1))
            .as("of the second batch")
            .hasMessageContaining("pieces of batches are missing");
      }
    }

    assertThat(normalized).isEqualTo(model.normalized());
  }
}
