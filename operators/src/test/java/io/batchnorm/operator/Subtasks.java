package io.batchnorm.operator;

import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;

/** The keyed operator at some parallelism: batches go where keyBy sends them, directives to all. */
final class Subtasks implements AutoCloseable {
  private final Job job;
  private final List<Subtask> running = new ArrayList<>();
  private final List<NormalizedBatch> normalized = new ArrayList<>();
  private final List<KeyStatistics> statistics = new ArrayList<>();
  private final List<RejectedRecord> rejected = new ArrayList<>();

  private Subtasks(Job job) {
    this.job = job;
  }

  static Subtasks of(Job job, int parallelism) throws Exception {
    Subtasks subtasks = new Subtasks(job);
    for (int index = 0; index < parallelism; index++) {
      subtasks.running.add(Subtask.of(job, parallelism, index, null));
    }
    return subtasks;
  }

  /** Takes a savepoint and goes on from it at another parallelism. */
  void rescale(int parallelism) throws Exception {
    int before = running.size();
    OperatorSubtaskState[] parts = new OperatorSubtaskState[before];
    for (int index = 0; index < before; index++) {
      parts[index] = running.get(index).savepoint();
    }
    close();
    OperatorSubtaskState all = AbstractStreamOperatorTestHarness.repackageState(parts);
    for (int index = 0; index < parallelism; index++) {
      OperatorSubtaskState part =
          AbstractStreamOperatorTestHarness.repartitionOperatorState(
              all, KeyedHarness.MAX_PARALLELISM, before, parallelism, index);
      running.add(Subtask.of(job, parallelism, index, part));
    }
  }

  Subtask of(String key) {
    return running.get(
        KeyGroupRangeAssignment.assignKeyToParallelOperator(
            key, KeyedHarness.MAX_PARALLELISM, running.size()));
  }

  List<Subtask> all() {
    return running;
  }

  void batches(Collection<FeatureBatch> batches) throws Exception {
    for (FeatureBatch batch : batches) {
      of(batch.key()).batch(batch);
    }
  }

  void direct(Directive directive) throws Exception {
    for (Subtask subtask : running) {
      subtask.direct(directive);
    }
  }

  void endOfInput() throws Exception {
    for (Subtask subtask : running) {
      subtask.endOfInput();
    }
  }

  /** Since the start, in order within a key. */
  Map<String, List<NormalizedBatch>> normalizedByKey() {
    return joined(normalized, running.stream().flatMap(subtask -> subtask.normalized().stream()))
        .collect(Collectors.groupingBy(NormalizedBatch::key));
  }

  Map<String, List<KeyStatistics>> statisticsByKey() {
    return joined(statistics, running.stream().flatMap(subtask -> subtask.statistics().stream()))
        .collect(Collectors.groupingBy(KeyStatistics::key));
  }

  List<RejectedRecord> rejected() {
    return joined(rejected, running.stream().flatMap(subtask -> subtask.rejected().stream()))
        .toList();
  }

  private static <T> Stream<T> joined(List<T> before, Stream<T> now) {
    return Stream.concat(before.stream(), now);
  }

  long frozenKeys() {
    return running.stream().mapToLong(Subtask::frozenKeys).sum();
  }

  @Override
  public void close() throws Exception {
    for (Subtask subtask : running) {
      normalized.addAll(subtask.normalized());
      statistics.addAll(subtask.statistics());
      rejected.addAll(subtask.rejected());
      subtask.close();
    }
    running.clear();
  }
}
