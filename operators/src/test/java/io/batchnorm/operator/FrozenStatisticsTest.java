package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.Mode;
import io.batchnorm.core.NonFinite;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyState;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RunningStatisticsSerializer;
import java.util.List;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No path leads from traffic into frozen statistics. */
class FrozenStatisticsTest {
  private static final String KEY = "camera";
  private static final int LEARNED = 4;
  private static final int BATCHES = 1000;

  private static byte[] statistics(Subtask subtask) throws Exception {
    RunningStatistics statistics = subtask.state(KEY).layer().statistics().orElseThrow();
    DataOutputSerializer out = new DataOutputSerializer(64);
    new RunningStatisticsSerializer().serialize(statistics, out);
    return out.getCopyOfBuffer();
  }

  private static void learn(Subtask subtask) throws Exception {
    for (int i = 0; i < LEARNED; i++) {
      subtask.batch(Batches.of(KEY, i));
    }
  }

  /** Good ones, ones with NaN, ones of another width, single samples, and ones that are empty. */
  private static FeatureBatch traffic(int i) {
    return switch (i % 5) {
      case 0 -> Batches.spoiled(Batches.of(KEY, i), Float.NaN);
      case 1 -> Batches.ofShape(KEY, i, 1, 3, 1, 1);
      case 2 -> Batches.ofShape(KEY, i, 2, 4, 2, 2);
      case 3 -> Batches.ofShape(KEY, i, 0, 3, 2, 2);
      default -> Batches.of(KEY, i);
    };
  }

  private static void pass(Subtask subtask) throws Exception {
    for (int i = LEARNED; i < LEARNED + BATCHES; i++) {
      subtask.batch(traffic(i));
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void areTheSameBytesAfterAThousandBatches(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).open()) {
      learn(subtask);
      byte[] before = statistics(subtask);
      subtask.direct(Directive.freeze(KEY));

      pass(subtask);

      assertThat(statistics(subtask)).isEqualTo(before);
      assertThat(subtask.state(KEY).batches()).isEqualTo(LEARNED + BATCHES * 2 / 5);
      assertThat(subtask.rejected()).hasSize(BATCHES * 3 / 5);
      assertSaysWhatNormalizedIt(subtask.normalized());
    }
  }

  private static void assertSaysWhatNormalizedIt(List<NormalizedBatch> normalized) {
    assertThat(normalized).hasSize(LEARNED + BATCHES * 2 / 5);
    assertThat(normalized.subList(0, LEARNED))
        .allSatisfy(batch -> assertThat(batch.mode()).isEqualTo(Mode.TRAIN));
    assertThat(normalized.subList(LEARNED, normalized.size()))
        .allSatisfy(
            batch -> {
              assertThat(batch.mode()).isEqualTo(Mode.EVAL);
              assertThat(batch.numBatchesTracked()).isEqualTo(LEARNED);
            });
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void areTheSameBytesWhenNanMayPass(Backend backend) throws Exception {
    BatchNormConfig config = BatchNormConfig.builder().nonFinite(NonFinite.PROPAGATE).build();
    try (Subtask subtask = Job.on(backend).withConfig(config).open()) {
      learn(subtask);
      byte[] before = statistics(subtask);
      subtask.direct(Directive.freeze(KEY));

      pass(subtask);

      assertThat(statistics(subtask)).isEqualTo(before);
      assertThat(subtask.rejected()).hasSize(BATCHES * 2 / 5);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void areTheSameBytesAcrossRestoresAndUntilUnfrozen(Backend backend) throws Exception {
    Job job = Job.on(backend);
    try (Subtask first = job.open()) {
      learn(first);
      byte[] before = statistics(first);
      first.direct(Directive.freeze("*"));
      first.batch(Batches.of(KEY, 10));
      try (Subtask second = job.restore(first.checkpoint())) {
        second.batch(Batches.of(KEY, 11));
        assertThat(statistics(second)).isEqualTo(before);

        second.direct(Directive.unfreeze("*"));
        second.batch(Batches.of(KEY, 12));

        assertThat(statistics(second)).isNotEqualTo(before);
        assertThat(second.normalized().get(1).mode()).isEqualTo(Mode.TRAIN);
        assertThat(second.normalized().get(1).numBatchesTracked()).isEqualTo(LEARNED + 1);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void evalModeNeverLearns(Backend backend) throws Exception {
    Job job = Job.on(backend).withMode(Mode.EVAL);
    try (Subtask subtask = job.withSeeds(Directive.load("*", Batches.statistics())).open()) {
      subtask.batch(Batches.of(KEY, 0));
      byte[] before = statistics(subtask);

      pass(subtask);

      assertThat(statistics(subtask)).isEqualTo(before);
      KeyState state = subtask.state(KEY);
      assertThat(state.layer().frozen()).isFalse();
      assertThat(state.layer().statistics()).contains(Batches.statistics());
      assertThat(subtask.normalized())
          .allSatisfy(
              batch -> {
                assertThat(batch.mode()).isEqualTo(Mode.EVAL);
                assertThat(batch.numBatchesTracked()).isEqualTo(40);
              });
    }
  }
}
