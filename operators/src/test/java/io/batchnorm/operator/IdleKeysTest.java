package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive;
import io.batchnorm.types.KeyStatistics;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Keys of which nothing comes for 1600 ms, and a sixteenth more, are forgotten. */
class IdleKeysTest {
  private static final String KEY = "camera";
  private static final long TTL = 1600;
  private static final long END = 1700;

  private static Job job(Backend backend) {
    return Job.on(backend).withStateTtl(TTL);
  }

  private static List<Long> versions(Subtask subtask) {
    return subtask.statistics().stream()
        .map(told -> told.statistics().numBatchesTracked())
        .toList();
  }

  private static List<Boolean> resets(Subtask subtask) {
    return subtask.statistics().stream().map(KeyStatistics::reset).toList();
  }

  @ParameterizedTest
  @CsvSource({"HASHMAP, true", "HASHMAP, false", "ROCKSDB, true", "ROCKSDB, false"})
  void idleKeyTellsItsLastStatisticsAndLeavesNothing(Backend backend, boolean controlled)
      throws Exception {
    Job job = controlled ? job(backend) : job(backend).withoutControl();
    try (Subtask subtask = job.open()) {
      subtask.batch(Batches.of(KEY, 0));
      subtask.batch(Batches.of(KEY, 1));
      RunningStatistics learned = subtask.state(KEY).layer().statistics().orElseThrow();

      subtask.at(END - 1);
      assertThat(subtask.state(KEY)).isNotNull();
      assertThat(subtask.statistics()).isEmpty();
      subtask.at(END);

      assertThat(subtask.state(KEY)).isNull();
      assertThat(subtask.statistics())
          .containsExactly(new KeyStatistics(KEY, learned, /* frozen= */ false, /* reset= */ true));
      assertThat(subtask.counter("expired_keys")).isEqualTo(1);
      assertThat(subtask.processingTimeTimers()).isZero();
      assertThat(subtask.eventTimeTimers()).isZero();
      subtask.endOfInput();
      assertThat(subtask.statistics()).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void keyThatIsUsedInBetweenStays(Backend backend) throws Exception {
    try (Subtask subtask = job(backend).open()) {
      subtask.batch(Batches.of(KEY, 0));
      subtask.batch(Batches.of("sensor", 0));
      subtask.at(1000);
      subtask.batch(Batches.of(KEY, 1));

      subtask.at(1000 + END - 1);
      assertThat(subtask.state("sensor")).isNull();
      assertThat(subtask.state(KEY).batches()).isEqualTo(2);
      subtask.at(1000 + END);

      assertThat(subtask.state(KEY)).isNull();
      assertThat(subtask.counter("expired_keys")).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void neverEndsBeforeItsTimeThoughItsTimerIsSeldomMoved(Backend backend) throws Exception {
    try (Subtask subtask = job(backend).open()) {
      for (int time = 0; time <= 2990; time += 10) {
        subtask.at(time);
        subtask.batch(Batches.of(KEY, time));
        assertThat(subtask.processingTimeTimers()).isEqualTo(1);
      }

      subtask.at(2990 + TTL - 1);
      assertThat(subtask.state(KEY)).isNotNull();
      subtask.at(2990 + END);
      assertThat(subtask.state(KEY)).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void aUseSoonAfterAnotherWritesNothing(Backend backend) throws Exception {
    try (Subtask subtask = job(backend).open()) {
      subtask.batch(Batches.of(KEY, 0));
      subtask.at(99);
      subtask.batch(Batches.of(KEY, 1));

      subtask.at(END - 1);
      assertThat(subtask.state(KEY)).isNotNull();
      subtask.at(END);
      assertThat(subtask.state(KEY)).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void aBatchWithoutSamplesIsRejectedWhereNoMicroBatcherSendsIt(Backend backend) throws Exception {
    try (Subtask subtask = job(backend).open()) {
      subtask.batch(Batches.ofShape(KEY, 0, 0, 3));

      assertThat(subtask.rejected()).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void aRejectedBatchIsAUseAndNoBeginning(Backend backend) throws Exception {
    try (Subtask subtask = job(backend).open()) {
      subtask.batch(Batches.spoiled(Batches.of("sensor", 0), Float.NaN));
      assertThat(subtask.processingTimeTimers()).isZero();
      subtask.batch(Batches.of(KEY, 0));
      subtask.at(1000);
      subtask.batch(Batches.spoiled(Batches.of(KEY, 1), Float.NaN));

      subtask.at(1000 + END - 1);

      assertThat(subtask.state(KEY)).isNotNull();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void comesBackAsAKeyThatWasNeverSeenAndSaysReset(Backend backend) throws Exception {
    Job job =
        job(backend)
            .withStatisticsEvery(1)
            .withSeeds(Directive.freeze(KEY).afterBatches(3), Directive.unfreeze("sensor"));
    try (Subtask subtask = job.open()) {
      subtask.batch(Batches.of(KEY, 0));
      subtask.batch(Batches.of(KEY, 1));
      subtask.at(END);
      for (int number = 0; number < 4; number++) {
        subtask.batch(Batches.of(KEY, number));
      }

      assertThat(versions(subtask)).containsExactly(1L, 2L, 2L, 1L, 2L, 3L, 3L);
      assertThat(resets(subtask)).containsExactly(true, false, false, true, false, false, false);
      assertThat(subtask.state(KEY).layer().frozen()).isTrue();
      assertThat(subtask.normalized().get(2)).isEqualTo(subtask.normalized().get(0));
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void comesBackWithTheStatisticsThatKeysStartWith(Backend backend) throws Exception {
    try (Subtask subtask =
        job(backend).withSeeds(Directive.load(KEY, Batches.statistics())).open()) {
      subtask.batch(Batches.of(KEY, 0));
      subtask.at(END);
      subtask.batch(Batches.of(KEY, 0));

      assertThat(versions(subtask)).containsExactly(41L, 41L, 41L);
      assertThat(resets(subtask)).containsExactly(true, false, true);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void frozenKeyStaysToTheBitUntilItIsUnfrozen(Backend backend) throws Exception {
    try (Subtask subtask = job(backend).open()) {
      subtask.batch(Batches.of(KEY, 0));
      subtask.direct(Directive.freeze(KEY));
      subtask.batch(Batches.of(KEY, 1));
      byte[] before = subtask.bytes(KEY);

      for (long time = 0; time <= 10 * END; time += 50) {
        subtask.at(time);
      }
      assertThat(subtask.bytes(KEY)).isEqualTo(before);
      assertThat(subtask.counter("expired_keys")).isZero();
      subtask.direct(Directive.unfreeze(KEY));
      subtask.at(12 * END);

      assertThat(subtask.state(KEY)).isNull();
      assertThat(subtask.counter("expired_keys")).isEqualTo(1);
      assertThat(subtask.frozenKeys()).isZero();
      assertThat(versions(subtask)).containsExactly(1L, 1L);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void aFreezeThatNoRecordHasBroughtYetIsInForce(Backend backend) throws Exception {
    try (Subtask subtask = job(backend).open()) {
      subtask.batch(Batches.of(KEY, 0));
      RunningStatistics learned = subtask.state(KEY).layer().statistics().orElseThrow();
      subtask.direct(Directive.freeze("*"));

      subtask.at(END);

      assertThat(subtask.state(KEY).layer().frozen()).isTrue();
      assertThat(subtask.frozenKeys()).isEqualTo(1);
      assertThat(subtask.statistics())
          .containsExactly(new KeyStatistics(KEY, learned, /* frozen= */ true, /* reset= */ true));
      assertThat(subtask.counter("expired_keys")).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void commandsThatAreDueActBeforeTheLastStatistics(Backend backend) throws Exception {
    try (Subtask subtask = job(backend).withStatisticsEvery(1).open()) {
      subtask.batch(Batches.of(KEY, 0));
      subtask.batch(Batches.of("sensor", 0));
      subtask.direct(Directive.load(KEY, Batches.statistics()));
      subtask.direct(Directive.reset("sensor"));

      subtask.at(END);

      assertThat(subtask.statistics().subList(2, 4))
          .containsExactlyInAnyOrder(
              new KeyStatistics(KEY, Batches.statistics(), false, true),
              KeyStatistics.forgotten("sensor", false));
      assertThat(subtask.counter("expired_keys")).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @CsvSource({"HASHMAP, ROCKSDB", "ROCKSDB, HASHMAP"})
  void timeGoesOnOverARestore(Backend backend, Backend other) throws Exception {
    Job job = job(backend).withStatisticsEvery(1);
    OperatorSubtaskState state;
    try (Subtask before = job.open()) {
      before.batch(Batches.of(KEY, 0));
      before.at(1000);
      state = before.savepoint();
    }
    try (Subtask after = job.withBackend(other).restore(state)) {
      after.at(1100);
      after.batch(Batches.of("sensor", 0));
      after.at(END - 1);
      assertThat(after.state(KEY)).isNotNull();
      assertThat(after.processingTimeTimers()).isEqualTo(2);
      after.at(END);

      assertThat(after.state(KEY)).isNull();
      assertThat(resets(after)).as("of the sensor, and of the key").containsExactly(true, false);
    }
  }

  /** Those records may have come while the job was down. */
  @ParameterizedTest
  @EnumSource(Backend.class)
  void aRestoredKeyHasTimeForWhatHasPiledUp(Backend backend) throws Exception {
    OperatorSubtaskState state;
    try (Subtask before = job(backend).open()) {
      before.batch(Batches.of(KEY, 0));
      before.batch(Batches.of("sensor", 0));
      state = before.checkpoint();
    }
    try (Subtask after = job(backend).restore(state)) {
      after.at(50_000);
      after.at(50_099);
      after.batch(Batches.of(KEY, 1));
      after.at(50_100);

      assertThat(after.state("sensor")).isNull();
      assertThat(after.state(KEY).batches()).isEqualTo(2);
      after.at(50_099 + END);
      assertThat(after.state(KEY)).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void keysOfASavepointWithoutItBeginWithTheirNextRecord(Backend backend) throws Exception {
    OperatorSubtaskState state;
    try (Subtask before = Job.on(backend).open()) {
      before.batches(Batches.inTurn(0, 2));
      state = before.savepoint();
    }
    try (Subtask after = job(backend).restore(state)) {
      after.at(5 * END);
      after.batch(Batches.of(KEY, 2));
      after.at(6 * END);

      assertThat(after.counter("expired_keys")).isEqualTo(1);
      assertThat(after.statistics())
          .singleElement()
          .satisfies(
              told -> {
                assertThat(told.statistics().numBatchesTracked()).isEqualTo(3);
                assertThat(told.reset()).as("it goes on from what was told before").isFalse();
              });
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void aJobWithoutItGoesOnFromSuchASavepointAndForgetsNothing(Backend backend) throws Exception {
    OperatorSubtaskState state;
    try (Subtask before = job(backend).open()) {
      before.batches(Batches.inTurn(0, 2));
      state = before.savepoint();
    }
    try (Subtask after = Job.on(backend).withStatisticsEvery(3).restore(state)) {
      after.at(5 * END);
      after.batch(Batches.of(KEY, 2));

      assertThat(after.counter("expired_keys")).isZero();
      assertThat(after.state("sensor").batches()).isEqualTo(2);
      assertThat(after.statistics())
          .singleElement()
          .satisfies(told -> assertThat(told.reset()).as("nothing was told before").isTrue());
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void aLongerTimeIsInForceForKeysThatWereThere(Backend backend) throws Exception {
    OperatorSubtaskState state;
    try (Subtask before = job(backend).open()) {
      before.batch(Batches.of(KEY, 0));
      state = before.checkpoint();
    }
    try (Subtask after = job(backend).withStateTtl(2 * TTL).restore(state)) {
      after.batch(Batches.of("sensor", 0));
      after.at(2 * END - 1);
      assertThat(after.state(KEY)).isNotNull();
      after.at(2 * END);
      assertThat(after.state(KEY)).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void aKeyWhoseSamplesWaitForTheirBatchIsNotIdle(Backend backend) throws Exception {
    try (Subtask subtask = job(backend).ofSamples().open()) {
      subtask.batch(OpenedBatch.of(KEY));
      assertThat(subtask.processingTimeTimers()).isZero();
      subtask.batch(Batches.of(KEY, 0));
      subtask.batch(OpenedBatch.of(KEY));
      subtask.at(5 * END);
      assertThat(subtask.state(KEY)).isNotNull();
      subtask.batch(Batches.of(KEY, 1));

      subtask.at(6 * END - 1);
      assertThat(subtask.state(KEY).batches()).isEqualTo(2);
      subtask.at(6 * END);

      assertThat(subtask.state(KEY)).isNull();
      assertThat(subtask.normalized()).hasSize(2);
      assertThat(subtask.rejected()).isEmpty();
    }
  }
}
