package io.batchnorm.operator;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.Mode;
import io.batchnorm.types.Directive;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;

/**
 * How the keyed operator of a test is set up, to be opened once or restored again and again.
 *
 * @param controlled whether it has a control stream
 * @param history of that stream, null for none
 * @param stateTtl in milliseconds, 0 for ever
 * @param samples whether its batches come from a micro-batcher
 */
record Job(
    Backend backend,
    boolean controlled,
    BatchNormConfig config,
    Mode mode,
    List<Directive> seeds,
    List<Directive> history,
    long statisticsEvery,
    long stateTtl,
    boolean samples) {

  /** With a control stream, PyTorch's defaults, no seeds. */
  static Job on(Backend backend) {
    return new Job(
        backend, true, BatchNormConfig.defaults(), Mode.TRAIN, List.of(), null, 0, 0, false);
  }

  Job withBackend(Backend other) {
    return new Job(
        other, controlled, config, mode, seeds, history, statisticsEvery, stateTtl, samples);
  }

  Job withoutControl() {
    return new Job(
        backend, false, config, mode, seeds, history, statisticsEvery, stateTtl, samples);
  }

  Job withConfig(BatchNormConfig other) {
    return new Job(
        backend, controlled, other, mode, seeds, history, statisticsEvery, stateTtl, samples);
  }

  Job withAveraging(Averaging averaging) {
    return withConfig(BatchNormConfig.builder().averaging(averaging).build());
  }

  Job withMode(Mode other) {
    return new Job(
        backend, controlled, config, other, seeds, history, statisticsEvery, stateTtl, samples);
  }

  Job withSeeds(Directive... directives) {
    return new Job(
        backend,
        controlled,
        config,
        mode,
        List.of(directives),
        history,
        statisticsEvery,
        stateTtl,
        samples);
  }

  /** What came to the control stream before the job was built. */
  Job withHistory(Directive... directives) {
    return new Job(
        backend,
        controlled,
        config,
        mode,
        seeds,
        List.of(directives),
        statisticsEvery,
        stateTtl,
        samples);
  }

  Job withStatisticsEvery(long batches) {
    return new Job(backend, controlled, config, mode, seeds, history, batches, stateTtl, samples);
  }

  /** In milliseconds. */
  Job withStateTtl(long ttl) {
    return new Job(
        backend, controlled, config, mode, seeds, history, statisticsEvery, ttl, samples);
  }

  /** Behind a micro-batcher that tells of opened batches. */
  Job ofSamples() {
    return new Job(
        backend, controlled, config, mode, seeds, history, statisticsEvery, stateTtl, true);
  }

  BatchNormSettings settings() {
    return new BatchNormSettings(
        config,
        mode,
        SeedDirectives.of(seeds),
        history == null ? null : SeedDirectives.of(history),
        statisticsEvery,
        false,
        stateTtl,
        samples);
  }

  /** A single subtask without state. */
  Subtask open() throws Exception {
    return restore(null);
  }

  /** A single subtask with that state. */
  Subtask restore(OperatorSubtaskState state) throws Exception {
    return Subtask.of(this, 1, 0, state);
  }
}
