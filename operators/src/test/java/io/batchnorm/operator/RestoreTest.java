package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Averaging;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Stop, restore, go on: the same bits as a run that never stopped. */
class RestoreTest {
  private static final int STOP = 3;
  private static final int END = 6;
  private static final List<FeatureBatch> BEFORE = Batches.inTurn(0, STOP);
  private static final List<FeatureBatch> AFTER = Batches.inTurn(STOP, END);

  /** What a run has put out and what it has in state at its end. */
  private record Outcome(
      List<NormalizedBatch> normalized, List<KeyStatistics> statistics, List<byte[]> state) {

    static Outcome of(Subtask... parts) throws Exception {
      List<NormalizedBatch> normalized = new ArrayList<>();
      List<KeyStatistics> statistics = new ArrayList<>();
      for (Subtask part : parts) {
        normalized.addAll(part.normalized());
        statistics.addAll(part.statistics());
      }
      List<byte[]> state = new ArrayList<>();
      for (String key : Batches.KEYS) {
        state.add(parts[parts.length - 1].bytes(key));
      }
      return new Outcome(normalized, statistics, state);
    }

    void assertSameAs(Outcome other) {
      assertThat(normalized).isEqualTo(other.normalized).isNotEmpty();
      assertThat(statistics).containsExactlyInAnyOrderElementsOf(other.statistics).isNotEmpty();
      assertThat(state).usingRecursiveComparison().isEqualTo(other.state);
    }
  }

  private static Job job(Backend backend) {
    return Job.on(backend).withStatisticsEvery(2);
  }

  private static Outcome neverStopped(Job job) throws Exception {
    try (Subtask subtask = job.open()) {
      subtask.batches(BEFORE);
      subtask.batches(AFTER);
      subtask.endOfInput();
      return Outcome.of(subtask);
    }
  }

  private static Outcome stopped(Job first, Job second, boolean savepoint) throws Exception {
    try (Subtask before = first.open()) {
      before.batches(BEFORE);
      OperatorSubtaskState state = savepoint ? before.savepoint() : before.checkpoint();
      try (Subtask after = second.restore(state)) {
        after.batches(AFTER);
        after.endOfInput();
        return Outcome.of(before, after);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"HASHMAP, true", "HASHMAP, false", "ROCKSDB, true", "ROCKSDB, false"})
  void continuesAsIfNeverStopped(Backend backend, boolean savepoint) throws Exception {
    stopped(job(backend), job(backend), savepoint).assertSameAs(neverStopped(job(backend)));
  }

  @ParameterizedTest
  @CsvSource({
    "HASHMAP, CUMULATIVE",
    "HASHMAP, POPULATION",
    "ROCKSDB, CUMULATIVE",
    "ROCKSDB, POPULATION"
  })
  void everyAveragingContinuesAsIfNeverStopped(Backend backend, Averaging.Kind kind)
      throws Exception {
    Job job = job(backend).withAveraging(new Averaging(kind, 0));

    stopped(job, job, false).assertSameAs(neverStopped(job));
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void savepointOfOneBackendRestoresInTheOther(Backend backend) throws Exception {
    stopped(job(backend), job(backend.other()), true).assertSameAs(neverStopped(job(backend)));
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void bothBackendsGiveTheSameBits(Backend backend) throws Exception {
    neverStopped(job(backend)).assertSameAs(neverStopped(job(backend.other())));
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void stateOfOneOperatorRestoresInTheOther(Backend backend) throws Exception {
    Job controlled = job(backend);
    Outcome expected = neverStopped(controlled);

    stopped(controlled, controlled.withoutControl(), false).assertSameAs(expected);
    stopped(controlled.withoutControl(), controlled, false).assertSameAs(expected);
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void directivesOfTheControlStreamStayInForceWithoutIt(Backend backend) throws Exception {
    Job job = job(backend);
    try (Subtask before = job.open()) {
      before.batches(BEFORE);
      before.direct(Directive.freeze(Directive.ALL_KEYS));
      try (Subtask after = job.withoutControl().restore(before.checkpoint())) {
        after.batches(AFTER);

        assertThat(after.normalized())
            .hasSize(AFTER.size())
            .allSatisfy(batch -> assertThat(batch.numBatchesTracked()).isEqualTo(STOP));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void snapshotDoesNotSeeWhatComesAfterIt(Backend backend) throws Exception {
    Job job = job(backend);
    try (Subtask before = job.open()) {
      before.batches(BEFORE);
      OperatorSubtaskState state = before.checkpoint();
      before.batches(AFTER);
      try (Subtask after = job.restore(state)) {
        assertThat(after.state("camera").batches()).isEqualTo(STOP);
      }
    }
  }
}
