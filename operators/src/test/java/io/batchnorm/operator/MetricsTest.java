package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MetricsTest {
  private static final String KEY = "camera";

  @ParameterizedTest
  @EnumSource(Backend.class)
  void countsBatchesAndValuesThatWereNormalized(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).open()) {
      subtask.batch(Batches.ofShape(KEY, 0, 2, 3));
      subtask.batch(Batches.ofShape("sensor", 0, 2, 3, 4));
      subtask.batch(Batches.spoiled(Batches.ofShape(KEY, 1, 2, 3), Float.NaN));

      assertThat(subtask.counter("batches")).isEqualTo(2);
      assertThat(subtask.counter("values")).isEqualTo(6 + 24);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void countsRejectedIdsByReason(Backend backend) throws Exception {
    FeatureMap spoiled = Batches.spoiled(Batches.ofShape(KEY, 0, 3, 2), Float.NaN).features();
    try (Subtask subtask = Job.on(backend).open()) {
      subtask.batch(new FeatureBatch(KEY, List.of("a", "b", "c"), spoiled));
      subtask.batch(Batches.ofShape(KEY, 1, 1, 3));
      subtask.batch(Batches.ofShape(KEY, 2, 0, 3));

      for (RejectionReason reason : RejectionReason.values()) {
        long expected =
            switch (reason) {
              case NON_FINITE -> 3;
              case ONE_VALUE_PER_CHANNEL, EMPTY_BATCH -> 1;
              default -> 0;
            };
        assertThat(subtask.counter("rejected_" + reason.code()))
            .as("%s", reason)
            .isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void countsARejectedCommandOnceInAllSubtasks(Backend backend) throws Exception {
    RunningStatistics uncounted =
        RunningStatistics.of(
            5, RunningStatistics.UNKNOWN_COUNT, new double[] {1}, new double[] {1});
    Job job = Job.on(backend).withAveraging(Averaging.population());
    try (Subtasks subtasks = Subtasks.of(job, 3)) {
      subtasks.direct(Directive.load("*", uncounted));

      assertThat(subtasks.all().stream().mapToLong(s -> s.counter("rejected_malformed_command")))
          .containsExactly(1L, 0L, 0L);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void frozenKeysRiseAndFallAndSurviveARestore(Backend backend) throws Exception {
    Job job = Job.on(backend);
    try (Subtask before = job.open()) {
      before.batches(Batches.inTurn(0, 1));
      assertThat(before.frozenKeys()).isZero();
      before.direct(Directive.freeze("*").afterBatches(2));
      before.batches(Batches.inTurn(1, 3));
      assertThat(before.frozenKeys()).isEqualTo(Batches.KEYS.size());

      before.direct(Directive.unfreeze(KEY));
      before.batch(Batches.of(KEY, 3));
      before.direct(Directive.freeze(KEY));
      before.direct(Directive.unfreeze(KEY));
      before.batch(Batches.of(KEY, 4));

      assertThat(before.frozenKeys()).isEqualTo(Batches.KEYS.size() - 1);
      try (Subtask after = job.restore(before.checkpoint())) {
        assertThat(after.frozenKeys()).isEqualTo(Batches.KEYS.size() - 1);
      }
    }
  }
}
