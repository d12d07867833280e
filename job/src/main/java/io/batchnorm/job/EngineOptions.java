package io.batchnorm.job;

import java.time.Duration;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;

/**
 * Settings of Flink itself. Null leaves a setting to the cluster.
 *
 * @param checkpointInterval null for no checkpoints
 * @param savepoint what to start from
 */
record EngineOptions(
    Integer parallelism,
    String checkpointDir,
    Duration checkpointInterval,
    String stateBackend,
    String savepoint) {
  /** Fixed, because a savepoint can never be restored with another one. */
  static final int MAX_PARALLELISM = 128;

  /** Failures one soon after the other; a job that went on for a while starts to count anew. */
  private static final int RESTARTS = 10;

  private static final Duration FIRST_DELAY = Duration.ofSeconds(1);
  private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);
  private static final Duration WENT_ON = Duration.ofMinutes(10);

  /** All left to the cluster. */
  static final EngineOptions DEFAULTS = new EngineOptions(null, null, null, null, null);

  /** What the job says about itself, wherever it runs. */
  Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    configuration.set(PipelineOptions.MAX_PARALLELISM, MAX_PARALLELISM);
    // Not for the space: Flink reads what is not compressed from a file without a buffer, by a
    // system call for every few bytes of a key.
    configuration.set(ExecutionOptions.SNAPSHOT_COMPRESSION, true);
    if (stateBackend != null) {
      configuration.set(StateBackendOptions.STATE_BACKEND, stateBackend);
    }
    if (savepoint != null) {
      configuration.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
    }
    if (checkpointInterval == null) {
      configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    } else {
      checkpoints(configuration);
    }
    return configuration;
  }

  private void checkpoints(Configuration configuration) {
    configuration.set(CheckpointingOptions.CHECKPOINTING_INTERVAL, checkpointInterval);
    if (checkpointDir != null) {
      configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
      configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpointDir);
      configuration.set(
          CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
          ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    }
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_ATTEMPTS, RESTARTS);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF, FIRST_DELAY);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF, LONGEST_DELAY);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_RESET_BACKOFF_THRESHOLD, WENT_ON);
  }
}
