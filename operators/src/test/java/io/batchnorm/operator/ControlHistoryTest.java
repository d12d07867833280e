package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive;
import java.util.List;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ControlHistoryTest {
  private static final String KEY = "camera";
  private static final Directive LOAD = Directive.load("*", Batches.statistics());

  @ParameterizedTest
  @EnumSource(Backend.class)
  void actsBeforeTheFirstRecordAndBehindTheSeeds(Backend backend) throws Exception {
    Job job = Job.on(backend).withSeeds(Directive.freeze(KEY)).withHistory(LOAD);
    try (Subtask subtask = job.withHistory(LOAD, Directive.unfreeze(KEY)).open()) {
      subtask.batch(Batches.of(KEY, 0));

      assertThat(subtask.normalized().get(0).numBatchesTracked()).isEqualTo(41);
      assertThat(subtask.state(KEY).layer().frozen()).isFalse();
    }
  }

  /** The stream goes on where it was; what came meanwhile comes by it, and not twice. */
  @ParameterizedTest
  @EnumSource(Backend.class)
  void thatHasGrownIsNotTakenInAgainByARestoredJob(Backend backend) throws Exception {
    Directive reset = Directive.reset(KEY);
    Job first = Job.on(backend).withHistory(LOAD);
    Job second = first.withHistory(LOAD, reset).withSeeds(Directive.freeze("other"));
    Job third = second.withHistory(LOAD, reset, reset);
    try (Subtask before = first.open()) {
      before.direct(reset);
      before.batch(Batches.of(KEY, 0));
      try (Subtask restored = second.restore(before.checkpoint())) {
        restored.batch(Batches.of(KEY, 1));
        try (Subtask again = third.restore(restored.checkpoint())) {
          again.batch(Batches.of(KEY, 2));

          assertThat(again.normalized().get(0).numBatchesTracked()).isEqualTo(3);
          assertThat(again.directives()).hasSize(3);
        }
      }
    }
  }

  /** Such as one that statistics import wrote. */
  @ParameterizedTest
  @EnumSource(Backend.class)
  void isTakenInByAJobWhoseStateKnowsNoControlStream(Backend backend) throws Exception {
    Job plain = Job.on(backend).withoutControl();
    try (Subtask before = plain.open()) {
      before.batch(Batches.of(KEY, 0));
      try (Subtask after =
          Job.on(backend).withHistory(Directive.freeze("*")).restore(before.checkpoint())) {
        after.batch(Batches.of(KEY, 1));

        assertThat(after.state(KEY).layer().frozen()).isTrue();
        assertThat(after.normalized().get(0).numBatchesTracked()).isEqualTo(1);
      }
    }
  }

  @Test
  void thatIsImpossibleUnderTheSettingsFailsWhereTheJobIsBuilt() {
    var env = StreamExecutionEnvironment.getExecutionEnvironment();
    var countless =
        RunningStatistics.of(
            40, RunningStatistics.UNKNOWN_COUNT, new double[] {1}, new double[] {1});
    var normalization =
        BatchNormalization.ofBatches(env.fromData(Batches.of(KEY, 0)))
            .config(BatchNormConfig.builder().averaging(Averaging.population()).build())
            .control(List.of(Directive.load("*", countless)), env.fromData(Directive.freeze(KEY)));

    assertThatThrownBy(normalization::apply)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("do not say how many values");
  }
}
