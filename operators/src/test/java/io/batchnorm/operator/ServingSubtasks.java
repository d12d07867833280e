package io.batchnorm.operator;

import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;

/** The following operator at some parallelism: records to each in turn, statistics to all. */
final class ServingSubtasks implements AutoCloseable {
  private final ServingJob job;
  private final List<ServingSubtask> running = new ArrayList<>();
  private final List<NormalizedBatch> normalized = new ArrayList<>();
  private final List<RejectedRecord> rejected = new ArrayList<>();
  private int turn;

  private ServingSubtasks(ServingJob job) {
    this.job = job;
  }

  static ServingSubtasks of(ServingJob job, int parallelism) throws Exception {
    ServingSubtasks subtasks = new ServingSubtasks(job);
    for (int index = 0; index < parallelism; index++) {
      subtasks.running.add(ServingSubtask.of(job, parallelism, index, null));
    }
    return subtasks;
  }

  /** Takes a checkpoint and goes on from it at another parallelism. */
  void rescale(int parallelism) throws Exception {
    int before = running.size();
    OperatorSubtaskState[] parts = new OperatorSubtaskState[before];
    for (int index = 0; index < before; index++) {
      parts[index] = running.get(index).checkpoint();
    }
    close();
    OperatorSubtaskState all = AbstractStreamOperatorTestHarness.repackageState(parts);
    for (int index = 0; index < parallelism; index++) {
      OperatorSubtaskState part =
          AbstractStreamOperatorTestHarness.repartitionOperatorState(
              all, KeyedHarness.MAX_PARALLELISM, before, parallelism, index);
      running.add(ServingSubtask.of(job, parallelism, index, part));
    }
  }

  void batch(FeatureBatch batch) throws Exception {
    running.get(Math.floorMod(turn++, running.size())).batch(batch);
  }

  void publish(KeyStatistics update) throws Exception {
    for (ServingSubtask subtask : running) {
      subtask.publish(update);
    }
  }

  void endOfInput() throws Exception {
    for (ServingSubtask subtask : running) {
      subtask.recordsEnd();
      subtask.statisticsEnd();
    }
  }

  List<ServingSubtask> all() {
    return running;
  }

  /** Since the start. */
  List<NormalizedBatch> normalized() {
    return Stream.concat(
            normalized.stream(), running.stream().flatMap(subtask -> subtask.normalized().stream()))
        .toList();
  }

  /** Since the start. */
  List<RejectedRecord> rejected() {
    return Stream.concat(
            rejected.stream(), running.stream().flatMap(subtask -> subtask.rejected().stream()))
        .toList();
  }

  @Override
  public void close() throws Exception {
    for (ServingSubtask subtask : running) {
      normalized.addAll(subtask.normalized());
      rejected.addAll(subtask.rejected());
      subtask.close();
    }
    running.clear();
  }
}
