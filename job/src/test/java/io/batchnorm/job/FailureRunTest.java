package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.batchnorm.job.input.Gate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

@Timeout(120)
class FailureRunTest {
  /** Batches that were read and then rejected, of either input. */
  private static final int REJECTED_LATER = 1;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"1, hashmap", "2, rocksdb"})
  void leavesTheSameFilesAsARunThatNeverFailed(int parallelism, String backend) throws Exception {
    addBatches();
    List<String> settings =
        List.of(
            "--averaging=population",
            "--freeze-after=9",
            "--parallelism=" + parallelism,
            "--state-backend=" + backend);

    Map<String, Object> whole = unbroken("whole", "npy", settings);
    Map<String, Object> broken = broken("broken", "npy", settings, 21, 19);

    assertThat(new NpyFolder(folder.resolve("broken/out")).contents())
        .containsExactlyEntriesOf(new NpyFolder(folder.resolve("whole/out")).contents())
        .hasSize(36);
    assertSameElse(whole, broken);
    assertThat(whole).containsEntry("records", 36L).containsEntry("rejected", 5L);
  }

  @Test
  void leavesTheSameLinesOfSamplesThatWereWaitingForTheirBatch() throws Exception {
    addSamples();
    List<String> settings = List.of("--batch-size=4", "--averaging=cumulative", "--parallelism=1");

    Map<String, Object> whole = unbroken("whole", "jsonl", settings);
    Map<String, Object> broken = broken("broken", "jsonl", settings, 13, 12);

    List<JsonNode> rows = JsonRows.finished(folder.resolve("broken/out"));
    assertThat(rows).isEqualTo(JsonRows.finished(folder.resolve("whole/out"))).hasSize(22);
    assertSameElse(whole, broken);
  }

  /** Three keys of twelve batches with bad ones at the start, in the middle and at the end. */
  private void addBatches() {
    NpyFolder in = new NpyFolder(folder.resolve("in"));
    for (String key : List.of("a", "m", "z")) {
      for (int i = 1; i <= 12; i++) {
        in.random("%s/%02d.npy".formatted(key, i), 3, 2, i);
      }
    }
    for (String bad : List.of("a/00.npy", "a/99.npy", "z/00.npy", "z/99.npy")) {
      in.bytes(bad, new byte[20]);
    }
    in.values("m/05-nan.npy", new float[] {Float.NaN, 1, 2, 3}, 2, 2);
  }

  private void addSamples() {
    NpyFolder in = new NpyFolder(folder.resolve("in"));
    for (int i = 0; i < 22; i++) {
      in.values("a/%02d.npy".formatted(i), new float[] {i, i * i, -i, 3}, 2, 2);
    }
    in.values("a/05-other-shape.npy", new float[] {1, 2, 3, 4}, 2, 1, 2);
    in.bytes("a/06-bad.npy", new byte[3]);
  }

  private void assertSameElse(Map<String, Object> whole, Map<String, Object> broken)
      throws Exception {
    assertThat(broken).isEqualTo(whole).containsKey(Tally.OfRejected.EXAMPLES);
    assertThat(JsonRows.finished(folder.resolve("broken/rejected")))
        .isEqualTo(JsonRows.finished(folder.resolve("whole/rejected")))
        .isNotEmpty();
    assertThat(folder.resolve("broken/s")).hasSameBinaryContentAs(folder.resolve("whole/s"));
    assertThat(Files.size(folder.resolve("broken/s"))).isGreaterThan(300);
  }

  private Map<String, Object> unbroken(String name, String output, List<String> settings)
      throws Exception {
    RunOptions options = options(name, output, settings);
    return run(new RunJob(options), options);
  }

  private Map<String, Object> broken(
      String name, String output, List<String> settings, int files, int records) throws Exception {
    RunOptions options = options(name, output, settings);
    Gate gate = new Gate(UUID.randomUUID().toString(), files, records);

    Map<String, Object> counts = run(new FailingRunJob(options, gate, 2), options);

    int all = Math.toIntExact((Long) counts.get("records")) + REJECTED_LATER;
    assertThat(gate.failures).hasValue(1);
    assertThat(gate.recordsBehindGate).as("lost work").hasValueGreaterThan(2);
    assertThat(gate.recordsAfterFailure)
        .as("what the checkpoint held is not read again")
        .hasValueBetween(1, all - records);
    return counts;
  }

  private RunOptions options(String name, String output, List<String> settings) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--input=npy:" + folder.resolve("in"),
                "--output=" + output + ":" + folder.resolve(name + "/out"),
                "--rejected=jsonl:" + folder.resolve(name + "/rejected"),
                "--statistics-out=" + folder.resolve(name + "/s"),
                "--checkpoint-dir=" + folder.resolve(name + "/checkpoints"),
                "--checkpoint-interval=20ms"));
    arguments.addAll(settings);
    RunCommand command = new RunCommand();
    new CommandLine(command)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .parseArgs(arguments.toArray(new String[0]));
    return RunOptions.of(command).orThrow();
  }

  /** What the job counted. */
  private static Map<String, Object> run(RunJob job, RunOptions options) throws Exception {
    Configuration configuration = options.engine().configuration();
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ZERO);
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    env.setParallelism(options.engine().parallelism());
    job.build(env);
    JobExecutionResult result = env.execute("failure");
    Map<String, Object> counts = new HashMap<>(result.getAllAccumulatorResults());
    // Files and batches are rejected by different tasks, in no order.
    counts.computeIfPresent(
        Tally.OfRejected.EXAMPLES, (name, examples) -> new TreeSet<>((List<?>) examples));
    return counts;
  }
}
