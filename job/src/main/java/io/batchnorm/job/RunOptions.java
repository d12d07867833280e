package io.batchnorm.job;

import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.Mode;
import io.batchnorm.job.input.CsvColumns;
import io.batchnorm.types.Directive;
import java.time.Duration;
import java.util.List;

/**
 * What {@code run} was asked to do, checked. Optional parts are null.
 *
 * @param input scheme {@code npy}, {@code images}, {@code csv} or {@code kafka}
 * @param output scheme {@code npy}, {@code jsonl}, {@code kafka} or {@code none}
 * @param batchSize samples per batch, 0 if inputs are batches
 * @param columns of a csv input
 * @param adapt weight of the batch's own statistics in eval mode, 0 for none
 * @param control commands in force before the first record
 * @param channelsPerSlice 0 for whole layers
 * @param stateTtl after which an idle key is forgotten, null for never
 * @param kafka how topics are read and written
 * @param live what else topics bring while the job runs
 * @param engine Flink's own settings
 */
record RunOptions(
    Location input,
    Location output,
    Mode mode,
    BatchNormConfig config,
    int batchSize,
    Duration batchTimeout,
    CsvColumns columns,
    double adapt,
    StatisticsOptions statistics,
    Location rejected,
    Commands control,
    List<Directive> freeze,
    int channelsPerSlice,
    Duration stateTtl,
    KafkaOptions kafka,
    LiveTopics live,
    EngineOptions engine) {

  /** Whether inputs are samples, put together to batches and taken apart again. */
  boolean samples() {
    return batchSize > 0;
  }

  /** Whether statistics can be served without keyed state: nothing but a stream changes them. */
  boolean served() {
    return mode == Mode.EVAL
        && control.directives().isEmpty()
        && live.control() == null
        && engine.savepoint() == null;
  }

  static Checked of(RunCommand command) {
    return new RunChecks(command).check();
  }

  /**
   * Options, or what is wrong with them.
   *
   * @param options null if there are faults
   */
  record Checked(RunOptions options, List<String> faults) {
    RunOptions orThrow() throws UsageException {
      if (!faults.isEmpty()) {
        throw new UsageException(faults);
      }
      return options;
    }
  }
}
