package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.job.cluster.CliOutcome;
import io.batchnorm.job.cluster.FlinkProcesses;
import io.batchnorm.job.cluster.FlinkRest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The job on a cluster of processes, as {@code flink run} brings it there. */
@Timeout(120)
class ClusterIT {
  /** So many that the job is far from their end when its first checkpoint is complete. */
  private static final int ROWS = 200_000;

  @RegisterExtension
  static final FlinkProcesses CLUSTER =
      FlinkProcesses.withTaskManagers(2)
          // Few rows are on their way between tasks, so that checkpoints need not wait for many.
          .with("taskmanager.memory.segment-size", "4kb");

  @TempDir Path folder;

  private final FlinkRest rest = CLUSTER.rest();

  @Test
  void givesTheBytesThatTheLauncherGives() throws Exception {
    NpyFolder in = new NpyFolder(folder.resolve("in"));
    for (int i = 0; i < 30; i++) {
      in.random("cam%d/%02d.npy".formatted(i % 5, i), 4, 3, 2, i % 3 + 1);
    }
    in.bytes("cam1/bad.npy", new byte[20]);
    String input = "--input=npy:" + in.root();
    embedded("npy", input).succeeded();

    CliOutcome submitted = submit("npy", input);
    rest.awaitFinished(submitted.jobId());

    assertThat(submitted.printed()).doesNotContain("Exception", "\tat ");
    assertThat(new NpyFolder(folder.resolve("cluster/out")).contents())
        .containsExactlyEntriesOf(new NpyFolder(folder.resolve("embedded/out")).contents())
        .hasSize(30);
    assertSameStatistics();
    assertThat(JsonRows.reasons(folder.resolve("cluster/rejected")))
        .isEqualTo(Map.of("cam1/bad", "malformed_input"));
  }

  @Test
  void givesTheSameWhenATaskManagerIsKilled() throws Exception {
    Path table = folder.resolve("table.csv");
    IntFunction<String> row = i -> "k%d,%d,%d".formatted(i % 8, i, i * 31L % 977);
    Stream<String> rows = IntStream.range(0, ROWS).mapToObj(row);
    Files.write(table, Stream.concat(Stream.of("k,a,b"), rows).toList());
    String[] input = {
      "--input=csv:" + table, "--key-column=k", "--feature-columns=a,b", "--batch-size=32"
    };
    embedded("jsonl", input).succeeded();

    String job = submit("jsonl", input).jobId();
    rest.awaitRunning(job);
    rest.awaitCheckpoints(job, 1);
    assertThat(rest.state(job)).isEqualTo("RUNNING");
    CLUSTER.killTaskManager(0);
    CLUSTER.startTaskManager();
    rest.awaitRestarts(job, 1);
    rest.awaitFinished(job);

    assertThat(rest.restores(job)).as("went on from a checkpoint").isEqualTo(1);
    List<String> lines = lines(folder.resolve("cluster/out"));
    assertThat(lines).hasSize(ROWS);
    assertThat(lines.equals(lines(folder.resolve("embedded/out")))).as("same lines").isTrue();
    assertSameStatistics();
  }

  @Test
  void namesEveryFaultOfACommandLineAndStartsNothing() {
    Path gone = folder.resolve("gone");
    Map<String, String> before = rest.jobs();

    CliOutcome outcome =
        CLUSTER.run(List.of(), "run", "--input", "npy:" + gone, "--output", "none", "--eps", "-1");

    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err().lines())
        .containsExactlyInAnyOrder(
            "batchnorm run: --input: there is no " + gone,
            "batchnorm run: --eps is -1.0, wanted a finite number above 0, such as 1e-5",
            "Try 'batchnorm run --help'.");
    assertThat(outcome.out()).isEmpty();
    assertThat(rest.jobs()).isEqualTo(before);
  }

  private Outcome embedded(String output, String... input) throws Exception {
    return Launcher.in(folder).run(arguments("embedded", output, input));
  }

  private CliOutcome submit(String output, String... input) {
    return CLUSTER.submit(List.of("-p", "2"), arguments("cluster", output, input));
  }

  private String[] arguments(String name, String output, String... input) {
    Path results = folder.resolve(name);
    Stream<String> others =
        Stream.of(
            "--output=%s:%s".formatted(output, results.resolve("out")),
            "--rejected=jsonl:" + results.resolve("rejected"),
            "--statistics-out=" + results.resolve("statistics.safetensors"),
            "--averaging=population",
            "--checkpoint-dir=" + results.resolve("checkpoints"),
            "--checkpoint-interval=50ms");
    return Stream.of(Stream.of("run"), Stream.of(input), others)
        .flatMap(part -> part)
        .toArray(String[]::new);
  }

  /** All lines of the finished files, sorted. */
  private static List<String> lines(Path out) throws IOException {
    List<String> lines = new ArrayList<>();
    try (Stream<Path> files = Files.list(out)) {
      for (Path file : files.filter(f -> !f.getFileName().toString().startsWith(".")).toList()) {
        lines.addAll(Files.readAllLines(file));
      }
    }
    Collections.sort(lines);
    return lines;
  }

  private void assertSameStatistics() {
    assertThat(folder.resolve("cluster/statistics.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("embedded/statistics.safetensors"))
        .isNotEmptyFile();
  }
}
