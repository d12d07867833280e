package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.job.input.Gate;
import io.batchnorm.job.stream.StatisticsStream;
import io.batchnorm.operator.BatchNormalization;
import io.batchnorm.operator.NormalizedStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(120)
class StatisticsStreamFailureTest {
  @TempDir Path folder;

  @BeforeEach
  void addBatches() {
    NpyFolder in = new NpyFolder(folder.resolve("in"));
    for (int i = 1; i <= 12; i++) {
      in.random("a/%02d.npy".formatted(i), 2, 2, i);
      in.random("b/%02d.npy".formatted(i), 3, 2, i);
    }
  }

  @Test
  void aJobThatFailedLeavesTheSameLinesAsOneThatDidNot() throws Exception {
    RunOptions options = options();
    Gate gate = new Gate(UUID.randomUUID().toString(), 15, 15);

    run(new RunJob(options), options, "whole");
    run(new FailingRunJob(options, gate, 2), options, "broken");

    assertThat(gate.failures).hasValue(1);
    assertThat(gate.recordsBehindGate).as("lost work").hasValueGreaterThan(2);
    assertThat(gate.recordsAfterFailure).as("restored").hasValueBetween(1, 9);
    List<String> whole = Files.readAllLines(folder.resolve("whole/statistics.jsonl"));
    List<String> broken = Files.readAllLines(folder.resolve("broken/statistics.jsonl"));
    assertThat(whole).hasSize(24 + 2);
    assertThat(broken.subList(0, 24)).isEqualTo(whole.subList(0, 24));
    assertThat(broken)
        .as("keys come in no order at the end of input")
        .containsExactlyInAnyOrderElementsOf(whole);
  }

  /** Writes the statistics after each batch. */
  private void run(RunJob job, RunOptions options, String name) throws Exception {
    Configuration configuration = options.engine().configuration();
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ZERO);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    env.setParallelism(1);
    NormalizedStream result =
        BatchNormalization.ofBatches(job.inputs(env).batches()).statisticsEvery(1).apply();
    result.normalized().sinkTo(new DiscardingSink<>());
    StatisticsStream.write(result.statistics(), folder.resolve(name));
    env.execute(name);
  }

  private RunOptions options() throws UsageException {
    RunCommand command = new RunCommand();
    new CommandLine(command)
        .parseArgs(
            "--input=npy:" + folder.resolve("in"),
            "--output=none",
            "--checkpoint-dir=" + folder.resolve("checkpoints"),
            "--checkpoint-interval=20ms",
            "--parallelism=1");
    return RunOptions.of(command).orThrow();
  }
}
