package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A batch that cannot be normalized is data, and changes nothing. */
class RejectionTest {
  private static final String KEY = "camera";

  /** Batches that a key of three channels, two by two, must refuse, and why. */
  static Stream<Arguments> badBatches() {
    FeatureBatch good = Batches.of(KEY, 50);
    return Stream.of(Backend.values())
        .flatMap(
            backend ->
                Stream.of(
                    bad(backend, Batches.spoiled(good, Float.NaN), RejectionReason.NON_FINITE),
                    bad(
                        backend,
                        Batches.spoiled(good, Float.NEGATIVE_INFINITY),
                        RejectionReason.NON_FINITE),
                    bad(backend, shaped(2, 4, 2, 2), RejectionReason.CHANNEL_MISMATCH),
                    bad(backend, shaped(4, 3), RejectionReason.WRONG_RANK),
                    bad(backend, shaped(2, 3, 2, 2, 2), RejectionReason.WRONG_RANK),
                    bad(backend, shaped(1, 3, 1, 1), RejectionReason.ONE_VALUE_PER_CHANNEL),
                    bad(backend, shaped(0, 3, 2, 2), RejectionReason.EMPTY_BATCH),
                    bad(backend, shaped(2, 3, 0, 2), RejectionReason.EMPTY_BATCH)));
  }

  private static Arguments bad(Backend backend, FeatureBatch batch, RejectionReason reason) {
    return Arguments.of(backend, reason, batch);
  }

  private static FeatureBatch shaped(int... shape) {
    return Batches.ofShape(KEY, 50, shape);
  }

  private static List<NormalizedBatch> undisturbed(Job job) throws Exception {
    try (Subtask subtask = job.open()) {
      subtask.batch(Batches.of(KEY, 0));
      subtask.batch(Batches.of(KEY, 1));
      return subtask.normalized();
    }
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("badBatches")
  void leavesTheKeyAsItWasAndTheNextBatchIsRight(
      Backend backend, RejectionReason reason, FeatureBatch bad) throws Exception {
    Job job = Job.on(backend).withStatisticsEvery(1);
    try (Subtask subtask = job.open()) {
      subtask.batch(Batches.of(KEY, 0));
      byte[] before = subtask.bytes(KEY);

      subtask.batch(bad);

      assertThat(subtask.bytes(KEY)).isEqualTo(before);
      assertThat(subtask.rejected())
          .singleElement()
          .satisfies(
              record -> {
                assertThat(record.key()).isEqualTo(KEY);
                assertThat(record.id()).isEqualTo(bad.ids().get(0));
                assertThat(record.reason()).isEqualTo(reason);
                assertThat(record.message()).isNotBlank();
              });
      assertThat(subtask.statistics()).hasSize(1);
      subtask.batch(Batches.of(KEY, 1));
      assertThat(subtask.normalized()).isEqualTo(undisturbed(job));
      assertThat(subtask.rejected()).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void firstBatchThatIsBadLeavesNoStateAtAll(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).open()) {
      subtask.batch(Batches.spoiled(Batches.of(KEY, 0), Float.NaN));

      assertThat(subtask.state(KEY)).isNull();
      subtask.endOfInput();
      assertThat(subtask.statistics()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void rejectsEvalModeWithoutStatistics(Backend backend) throws Exception {
    Job job = Job.on(backend).withMode(Mode.EVAL);
    try (Subtask subtask = job.open()) {
      subtask.batch(Batches.of(KEY, 0));

      assertThat(subtask.state(KEY)).isNull();
      assertThat(subtask.rejected())
          .extracting(RejectedRecord::reason)
          .containsExactly(RejectionReason.NO_STATISTICS);
      assertThat(subtask.normalized()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void rejectsAFrozenKeyWithoutStatisticsUntilSomeAreLoaded(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).withSeeds(Directive.freeze("*")).open()) {
      subtask.batch(Batches.of(KEY, 0));
      byte[] caughtUp = subtask.bytes(KEY);
      subtask.batch(Batches.of(KEY, 1));
      assertThat(subtask.bytes(KEY)).isEqualTo(caughtUp);

      subtask.direct(Directive.load(KEY, Batches.statistics()));
      subtask.batch(Batches.of(KEY, 2));

      assertThat(subtask.rejected())
          .extracting(RejectedRecord::reason)
          .containsExactly(RejectionReason.NO_STATISTICS, RejectionReason.NO_STATISTICS);
      assertThat(subtask.normalized())
          .singleElement()
          .satisfies(batch -> assertThat(batch.ids()).containsExactly(KEY + "/2"));
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void everyIdOfARejectedBatchIsRejectedAndNoneIsOutput(Backend backend) throws Exception {
    FeatureMap features = Batches.spoiled(Batches.ofShape(KEY, 0, 3, 2), Float.NaN).features();
    try (Subtask subtask = Job.on(backend).open()) {
      subtask.batch(new FeatureBatch(KEY, List.of("a", "b", "c"), features));

      assertThat(subtask.rejected()).extracting(RejectedRecord::id).containsExactly("a", "b", "c");
      assertThat(subtask.normalized()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void everyIdIsEitherNormalizedOrRejected(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).open()) {
      for (int i = 0; i < 40; i++) {
        FeatureBatch batch = Batches.of(KEY, i);
        subtask.batch(i % 3 == 1 ? Batches.spoiled(batch, Float.NaN) : batch);
      }

      Stream<String> normalized = subtask.normalized().stream().flatMap(b -> b.ids().stream());
      Stream<String> rejected = subtask.rejected().stream().map(RejectedRecord::id);
      assertThat(Stream.concat(normalized, rejected).toList()).hasSize(40).doesNotHaveDuplicates();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void loadThatAPopulationCannotGoOnFromIsRejectedOnce(Backend backend) throws Exception {
    RunningStatistics uncounted =
        RunningStatistics.of(
            5, RunningStatistics.UNKNOWN_COUNT, new double[] {1, 2, 3}, new double[] {1, 1, 1});
    Job job = Job.on(backend).withAveraging(Averaging.population());
    try (Subtasks subtasks = Subtasks.of(job, 3)) {
      subtasks.batches(Batches.inTurn(0, 1));
      subtasks.direct(Directive.load("*", uncounted));

      assertThat(subtasks.rejected())
          .singleElement()
          .satisfies(
              record -> {
                assertThat(record.reason()).isEqualTo(RejectionReason.MALFORMED_COMMAND);
                assertThat(record.key()).isEqualTo("*");
                assertThat(record.id()).isEqualTo("load");
                assertThat(record.message()).contains("averaging=population");
              });
      assertThat(subtasks.all().get(0).rejected()).hasSize(1);
      assertThat(subtasks.all()).allSatisfy(s -> assertThat(s.directives()).isEmpty());
      subtasks.batches(Batches.inTurn(1, 2));
      assertThat(subtasks.of(KEY).state(KEY).batches()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void rejectsAPopulationThatCannotGoOnUntilTheKeyIsReset(Backend backend) throws Exception {
    RunningStatistics uncounted =
        RunningStatistics.of(
            5, RunningStatistics.UNKNOWN_COUNT, new double[] {1, 2, 3}, new double[] {1, 1, 1});
    Job exponential = Job.on(backend).withSeeds(Directive.load("*", uncounted));
    Job population = exponential.withAveraging(Averaging.population());
    try (Subtask before = exponential.open()) {
      before.batch(Batches.of(KEY, 0));
      try (Subtask after = population.restore(before.checkpoint())) {
        after.batch(Batches.of(KEY, 1));
        after.direct(Directive.reset(KEY));
        after.batch(Batches.of(KEY, 2));

        assertThat(after.rejected())
            .extracting(RejectedRecord::reason)
            .containsExactly(RejectionReason.UNKNOWN_COUNT);
        assertThat(after.normalized()).hasSize(1);
      }
    }
  }
}
