package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.job.cluster.CliOutcome;
import io.batchnorm.job.cluster.FlinkProcesses;
import io.batchnorm.job.cluster.FlinkRest;
import io.batchnorm.job.cluster.KafkaBroker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** The job on a cluster of processes, as {@code flink run} brings it there. */
@Timeout(240)
class ClusterIT {
  /** So many that the job is far from their end when some checkpoints are complete. */
  private static final int ROWS = 150_000;

  @RegisterExtension
  static final FlinkProcesses CLUSTER =
      FlinkProcesses.withTaskManagers(2)
          // Few rows are on their way between tasks, so that checkpoints need not wait for many.
          .with("taskmanager.memory.segment-size", "4kb");

  @RegisterExtension static final KafkaBroker BROKER = KafkaBroker.open();

  @TempDir static Path unbroken;
  @TempDir Path folder;

  private final FlinkRest rest = CLUSTER.rest();

  /** A table with batches that are half full at every checkpoint, and what the launcher makes. */
  @BeforeAll
  static void runUnbroken() throws Exception {
    IntFunction<String> row = i -> "k%d,%d,%d".formatted(i % 8, i, i * 31L % 977);
    Stream<String> rows = IntStream.range(0, ROWS).mapToObj(row);
    Files.write(table(), Stream.concat(Stream.of("k,a,b"), rows).toList());
    Launcher.in(unbroken).run(arguments(unbroken, "jsonl", ofTable())).succeeded();
  }

  @Test
  void givesTheBytesThatTheLauncherGives() throws Exception {
    NpyFolder in = new NpyFolder(folder.resolve("in"));
    for (int i = 0; i < 30; i++) {
      in.random("cam%d/%02d.npy".formatted(i % 5, i), 4, 3, 2, i % 3 + 1);
    }
    in.bytes("cam1/bad.npy", new byte[20]);
    Path embedded = Files.createDirectory(folder.resolve("embedded"));
    String input = "--input=npy:" + in.root();
    Launcher.in(embedded).run(arguments(embedded, "npy", input)).succeeded();

    CliOutcome submitted = CLUSTER.submit(List.of("-p", "2"), arguments(folder, "npy", input));
    rest.awaitFinished(submitted.jobId());

    assertThat(submitted.printed()).doesNotContain("Exception", "\tat ");
    assertThat(new NpyFolder(folder.resolve("out")).contents())
        .containsExactlyEntriesOf(new NpyFolder(embedded.resolve("out")).contents())
        .hasSize(30);
    assertSameStatistics(embedded);
    assertThat(JsonRows.reasons(folder.resolve("rejected")))
        .isEqualTo(Map.of("cam1/bad", "malformed_input"));
  }

  @Test
  void givesTheSameWhenATaskManagerIsKilled() throws Exception {
    String job = submitTable();
    rest.awaitRunning(job);
    awaitMoreRowsThan(0);

    assertThat(rest.checkpoints(job)).isPositive();
    assertThat(rest.state(job)).isEqualTo("RUNNING");
    CLUSTER.killTaskManager(0);
    CLUSTER.startTaskManager();
    rest.awaitRestarts(job, 1);
    rest.awaitFinished(job);

    assertThat(rest.restores(job)).as("went on from a checkpoint").isPositive();
    assertSameAsUnbroken();
  }

  @Test
  void givesTheSameOverASavepointAndTheDeathOfAJobManager() throws Exception {
    String first = submitTable();
    awaitMoreRowsThan(0);
    String savepoint = CLUSTER.stopWithSavepoint(first);
    rest.awaitFinished(first);
    int rows = lines(folder.resolve("out")).size();
    assertThat(rows).isLessThan(ROWS);

    String second = submitTable("-s", savepoint);
    awaitMoreRowsThan(rows);
    assertThat(rest.state(second)).isEqualTo("RUNNING");
    assertThat(rest.restores(second)).as("went on from the savepoint").isEqualTo(1);
    CLUSTER.killJobManager();
    CLUSTER.startJobManager();
    CLUSTER.awaitTaskManagers();
    assertThat(rest.jobs()).as("jobs of the JobManager before it").isEmpty();

    Path checkpoints = folder.resolve("checkpoints");
    String third = submitTable("-s", FlinkProcesses.lastCheckpoint(checkpoints, second));
    rest.awaitFinished(third);

    assertThat(rest.restores(third)).as("went on from a checkpoint").isEqualTo(1);
    assertSameAsUnbroken();
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

  @Test
  void refusesAParallelismThatNoSavepointCouldBeRestoredWith() {
    Map<String, String> before = rest.jobs();

    CliOutcome outcome = CLUSTER.run(List.of("-p", "129"), arguments(folder, "jsonl", ofTable()));

    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.err().lines())
        .containsExactly(
            "batchnorm run: the parallelism is 129, by flink's -p or parallelism.default, wanted 1"
                + " to 128",
            "Try 'batchnorm run --help'.");
    assertThat(rest.jobs()).isEqualTo(before);
  }

  /** Its data and results are files of this machine, which those of a cluster cannot see. */
  @Test
  void runsTheDemoWhereItIsStarted() {
    Map<String, String> before = rest.jobs();

    CliOutcome outcome = CLUSTER.run(List.of(), "demo", "sensors", "--output=" + folder);

    assertThat(outcome.status()).as(outcome.printed()).isZero();
    assertThat(outcome.printed())
        .contains("normalized 18,760 records", "Every key learned from its first 75 batches")
        .doesNotContain("Exception", "\tat ");
    assertThat(folder.resolve("sensors/statistics.safetensors")).isNotEmptyFile();
    assertThat(rest.jobs()).isEqualTo(before);
  }

  @Test
  void feedsATopicFromWhereItIsStarted() {
    CliOutcome outcome =
        CLUSTER.run(
            List.of("-p", "1"),
            "feed",
            "--input=demo:images",
            "--output=kafka:images",
            "--kafka-bootstrap=" + BROKER.bootstrap(),
            "--kafka-create-topics=3");

    assertThat(outcome.status()).as(outcome.printed()).isZero();
    assertThat(outcome.printed()).contains("fed 2,000 records");
    assertThat(TopicRecords.byId(BROKER.readCommitted("images"))).hasSize(2000);
  }

  private String submitTable(String... flinkOptions) {
    List<String> options = new ArrayList<>(List.of("-p", "2"));
    options.addAll(List.of(flinkOptions));
    return CLUSTER.submit(options, arguments(folder, "jsonl", ofTable())).jobId();
  }

  /** Returns when rows are in finished files, and so in a checkpoint that is complete. */
  private void awaitMoreRowsThan(int rows) {
    FlinkRest.awaited(
        "more rows than " + rows, () -> lines(folder.resolve("out")).size(), n -> n > rows);
  }

  private static Path table() {
    return unbroken.resolve("table.csv");
  }

  private static String[] ofTable() {
    return new String[] {
      "--input=csv:" + table(), "--key-column=k", "--feature-columns=a,b", "--batch-size=32"
    };
  }

  private static String[] arguments(Path results, String output, String... input) {
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

  private void assertSameAsUnbroken() {
    List<String> lines = lines(folder.resolve("out"));
    assertThat(lines).hasSize(ROWS);
    assertThat(lines.equals(lines(unbroken.resolve("out")))).as("same lines").isTrue();
    assertSameStatistics(unbroken);
  }

  private void assertSameStatistics(Path other) {
    assertThat(folder.resolve("statistics.safetensors"))
        .hasSameBinaryContentAs(other.resolve("statistics.safetensors"))
        .isNotEmptyFile();
  }

  /** All lines of the finished files, sorted. */
  private static List<String> lines(Path out) {
    List<String> lines = new ArrayList<>();
    if (Files.notExists(out)) {
      return lines;
    }
    try (Stream<Path> files = Files.list(out)) {
      for (Path file : files.filter(f -> !f.getFileName().toString().startsWith(".")).toList()) {
        lines.addAll(Files.readAllLines(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Collections.sort(lines);
    return lines;
  }
}
