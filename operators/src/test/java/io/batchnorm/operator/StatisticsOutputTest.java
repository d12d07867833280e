package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.batchnorm.core.Affine;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.UnknownKey;
import io.batchnorm.types.Directive;
import io.batchnorm.types.KeyStatistics;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When the statistics of a key leave the operator. */
class StatisticsOutputTest {
  private static final String KEY = "camera";

  private static void batches(Subtask subtask, int from, int to) throws Exception {
    for (int i = from; i < to; i++) {
      subtask.batch(Batches.of(KEY, i));
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void onFreeze(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).open()) {
      batches(subtask, 0, 3);
      RunningStatistics learned = subtask.state(KEY).layer().statistics().orElseThrow();
      assertThat(subtask.statistics()).isEmpty();

      subtask.direct(Directive.freeze("*"));
      batches(subtask, 3, 6);

      assertThat(subtask.statistics()).containsExactly(KeyStatistics.of(KEY, learned, true));
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void everySoManyBatchesInAnyMode(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).withStatisticsEvery(3).open()) {
      subtask.direct(Directive.freeze(KEY).afterBatches(7));
      batches(subtask, 0, 10);

      assertThat(subtask.statistics())
          .extracting(record -> record.statistics().numBatchesTracked())
          .containsExactly(3L, 6L, 7L, 7L);
      assertThat(subtask.statistics())
          .extracting(KeyStatistics::frozen)
          .containsExactly(false, false, true, true);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void whenACommandReplacesThemWhichIsSaid(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).withStatisticsEvery(2).open()) {
      batches(subtask, 0, 2);
      subtask.direct(Directive.freeze(KEY));
      subtask.direct(Directive.load(KEY, Batches.statistics()));
      subtask.direct(Directive.unfreeze(KEY).afterBatches(3));
      subtask.direct(Directive.reset(KEY).afterBatches(4));
      batches(subtask, 2, 6);

      assertThat(subtask.statistics())
          .extracting(record -> record.statistics().numBatchesTracked(), KeyStatistics::reset)
          .containsExactly(tuple(2L, false), tuple(40L, true), tuple(0L, true), tuple(2L, false));
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void whenACommandReplacesThemRightBehindABatch(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).open()) {
      subtask.direct(Directive.load(KEY, Batches.statistics()).afterBatches(2));
      batches(subtask, 0, 3);

      assertThat(subtask.statistics())
          .containsExactly(new KeyStatistics(KEY, Batches.statistics(), false, true));
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void onceAtEndOfInputForEveryKeyThatLearned(Backend backend) throws Exception {
    Job job = Job.on(backend);
    try (Subtask before = job.open()) {
      before.batches(Batches.inTurn(0, 2));
      try (Subtask after = job.restore(before.checkpoint())) {
        after.batches(Batches.inTurn(2, 3));
        after.endOfInput();

        assertThat(after.statistics())
            .extracting(KeyStatistics::key)
            .containsExactlyInAnyOrderElementsOf(Batches.KEYS);
        assertThat(after.statistics())
            .allSatisfy(
                record -> {
                  assertThat(record.statistics().numBatchesTracked()).isEqualTo(3);
                  assertThat(record.frozen()).isFalse();
                });
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void endOfInputSeesDirectivesThatNoBatchSaw(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).open()) {
      batches(subtask, 0, 2);
      subtask.direct(Directive.load("*", Batches.statistics()));
      subtask.direct(Directive.freeze(KEY));
      subtask.endOfInput();

      assertThat(subtask.statistics())
          .containsExactly(new KeyStatistics(KEY, Batches.statistics(), true, true));
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void neverForKeysThatLearnedNothing(Backend backend) throws Exception {
    Job job =
        Job.on(backend).withMode(Mode.EVAL).withConfig(initialAllowed()).withStatisticsEvery(1);
    try (Subtask subtask = job.open()) {
      subtask.direct(Directive.freeze("*").afterBatches(1));
      batches(subtask, 0, 3);
      subtask.batch(Batches.spoiled(Batches.of("sensor", 0), Float.NaN));
      subtask.endOfInput();

      assertThat(subtask.normalized()).hasSize(3);
      assertThat(subtask.statistics()).isEmpty();
    }
  }

  private static BatchNormConfig initialAllowed() {
    return BatchNormConfig.builder().unknownKey(UnknownKey.INITIAL).build();
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void endOfInputTellsThatAKeyWasResetSince(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).open()) {
      batches(subtask, 0, 2);
      subtask.direct(Directive.reset(KEY));
      subtask.endOfInput();

      assertThat(subtask.statistics()).containsExactly(KeyStatistics.forgotten(KEY, false));
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void resetIsToldByTheNextBatchEvenIfThatIsRejected(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).open()) {
      batches(subtask, 0, 2);
      subtask.direct(Directive.freeze(KEY));
      subtask.direct(Directive.reset(KEY));
      batches(subtask, 2, 3);
      subtask.endOfInput();

      assertThat(subtask.rejected()).hasSize(1);
      assertThat(subtask.statistics()).containsExactly(KeyStatistics.forgotten(KEY, true));
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void resetKeyKeepsItsWeightAndBias(Backend backend) throws Exception {
    Affine affine = Affine.of(new float[] {2, 3, 4}, null);
    RunningStatistics loaded = Batches.statistics().withAffine(affine);
    try (Subtask subtask = Job.on(backend).withSeeds(Directive.load(KEY, loaded)).open()) {
      batches(subtask, 0, 1);
      subtask.direct(Directive.reset(KEY));
      subtask.endOfInput();

      RunningStatistics initial = RunningStatistics.initial(3).withAffine(affine);
      assertThat(subtask.statistics())
          .extracting(KeyStatistics::reset)
          .as("loaded with its first batch, then reset")
          .containsExactly(true, true);
      assertThat(subtask.statistics().get(1).statistics()).isEqualTo(initial);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void notWhereStatisticsAreNotTracked(Backend backend) throws Exception {
    BatchNormConfig untracked = BatchNormConfig.builder().trackRunningStatistics(false).build();
    try (Subtask subtask = Job.on(backend).withConfig(untracked).withStatisticsEvery(1).open()) {
      batches(subtask, 0, 3);
      subtask.endOfInput();

      assertThat(subtask.normalized()).hasSize(3);
      assertThat(subtask.statistics()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void againAfterARestoreFromADrainedSavepoint(Backend backend) throws Exception {
    Job job = Job.on(backend);
    try (Subtask before = job.open()) {
      batches(before, 0, 2);
      before.endOfInput();
      try (Subtask after = job.restore(before.checkpoint())) {
        batches(after, 2, 3);
        after.endOfInput();

        assertThat(after.statistics())
            .extracting(record -> record.statistics().numBatchesTracked())
            .containsExactly(3L);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void keyNamedLikeAllKeysIsRejected(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).open()) {
      subtask.batch(Batches.of("*", 0));
      subtask.endOfInput();

      assertThat(subtask.rejected())
          .singleElement()
          .satisfies(record -> assertThat(record.message()).contains("stands for all keys"));
      assertThat(subtask.statistics()).isEmpty();
    }
  }
}
