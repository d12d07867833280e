package io.batchnorm.operator;

import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;

/**
 * How the following operator of a test is set up, to be opened once or restored again and again.
 *
 * @param initial statistics that a new job starts with
 */
record ServingJob(
    Backend backend,
    BatchNormConfig config,
    double alpha,
    Map<String, RunningStatistics> initial,
    int hold) {

  /** PyTorch's defaults, no statistics to start with, and room for ten records. */
  static ServingJob on(Backend backend) {
    return new ServingJob(backend, BatchNormConfig.defaults(), 0, Map.of(), 10);
  }

  ServingJob withConfig(BatchNormConfig other) {
    return new ServingJob(backend, other, alpha, initial, hold);
  }

  ServingJob withAlpha(double other) {
    return new ServingJob(backend, config, other, initial, hold);
  }

  ServingJob withInitial(Map<String, RunningStatistics> other) {
    return new ServingJob(backend, config, alpha, other, hold);
  }

  ServingJob withHold(int records) {
    return new ServingJob(backend, config, alpha, initial, records);
  }

  FollowingBatchNormOperator operator() {
    var loads =
        initial.entrySet().stream()
            .map(entry -> Directive.load(entry.getKey(), entry.getValue()))
            .toList();
    return new FollowingBatchNormOperator(config, alpha, SeedDirectives.of(loads), hold);
  }

  /** A single subtask without state. */
  ServingSubtask open() throws Exception {
    return restore(null);
  }

  /** A single subtask with that state. */
  ServingSubtask restore(OperatorSubtaskState state) throws Exception {
    return ServingSubtask.of(this, 1, 0, state);
  }
}
