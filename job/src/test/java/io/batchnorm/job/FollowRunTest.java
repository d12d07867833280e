package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.input.Gate;
import io.batchnorm.job.input.GatedFiles;
import io.batchnorm.job.input.Inputs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A training job tells what it learns, and a serving job follows it. */
@Timeout(120)
class FollowRunTest {
  @TempDir Path folder;
  private NpyFolder in;
  private NpyFolder out;
  private Path stream;

  @BeforeEach
  void prepare() {
    in = new NpyFolder(folder.resolve("in"));
    out = new NpyFolder(folder.resolve("out"));
    stream = folder.resolve("stream/statistics.jsonl");
  }

  @Test
  void aTrainingJobTellsEveryIntervalAndTheServingJobUsesWhatCameLast() throws Exception {
    EagerModel model = new EagerModel();
    for (int i = 0; i < 5; i++) {
      model.train("a", in.random("a/%d.npy".formatted(i), 4, 2));
      model.train("b", in.random("b/%d.npy".formatted(i), 3, 5, 2));
    }

    Outcome.of(
            "run",
            "--input=npy:" + in.root(),
            "--output=none",
            "--freeze-after=4",
            "--statistics-interval=2",
            "--statistics-stream=jsonl:" + stream.getParent())
        .succeeded();
    Outcome served =
        serve("--rejected=jsonl:" + folder.resolve("rejected"), "--statistics-from=jsonl:" + stream)
            .succeeded();

    assertThat(rows("a"))
        .extracting(row -> row.path("num_batches_tracked").asLong())
        .containsExactly(2L, 4L, 4L);
    assertThat(rows("a"))
        .extracting(row -> row.path("frozen").asBoolean())
        .containsExactly(false, true, true);
    assertThat(served.counts()).isEqualTo("normalized 10 records (190 values), rejected 0");
    assertThat(served.out()).contains("started from the statistics of 2 keys, fingerprint");
    RunningStatistics frozen = statistics(rows("b").get(2));
    EagerModel by = new EagerModel();
    by.load("b", frozen);
    for (int i = 0; i < 5; i++) {
      String path = "b/%d.npy".formatted(i);
      assertThat(out.read(path).values()).isEqualTo(by.eval("b", in.feature(path)));
    }
    EagerModel learned = new EagerModel();
    for (int i = 0; i < 4; i++) {
      learned.train("b", in.feature("b/%d.npy".formatted(i)));
    }
    assertThat(frozen.means()).isEqualTo(learned.statistics().get("b").means());
    assertThat(frozen.vars()).isEqualTo(learned.statistics().get("b").vars());
  }

  @Test
  void newStatisticsCountForLaterRecordsAndReleaseThoseThatWaited() throws Exception {
    in.random("a/1.npy", 2, 1);
    in.random("b/1.npy", 2, 1);
    in.random("c/1.npy", 2, 1);
    write("{\"key\":\"b\",\"num_batches_tracked\":1,\"running_mean\":[1],\"running_var\":[4]}\n");
    Gate gate = new Gate(UUID.randomUUID().toString(), 2, Integer.MAX_VALUE);

    CompletableFuture<JobExecutionResult> job = start(gate);
    awaitFile("b/1.npy", job);
    assertThat(out.root().resolve("a")).as("waits for its statistics").doesNotExist();
    write(
        "{\"key\":\"c\",\"num_batches_tracked\":9,\"running_mean\":[9],\"running_var\":[1]}\n"
            + "{\"key\":\"b\",\"num_batches_tracked\":0,\"running_mean\":[7],\"running_var\":[4]}\n"
            + "no statistics\n"
            + "{\"key\":\"a\",\"num_batches_tracked\":2,\"running_mean\":[2],\"running_var\":[1]}\n");
    awaitFile("a/1.npy", job);
    gate.openNow();
    Map<String, Object> counts = job.get(60, TimeUnit.SECONDS).getAllAccumulatorResults();

    for (Object[] expected : new Object[][] {{"a", 2, 1}, {"b", 1, 4}, {"c", 9, 1}}) {
      EagerModel model = new EagerModel();
      String key = (String) expected[0];
      model.load(key, statistics(1, (int) expected[1], (int) expected[2]));
      assertThat(out.read(key + "/1.npy").values())
          .as(key)
          .isEqualTo(model.eval(key, in.feature(key + "/1.npy")));
    }
    assertThat(counts)
        .containsEntry("rejected", 1L)
        .containsEntry("rejected.malformed_statistics", 1L);
  }

  @Test
  void whatNeverGotStatisticsIsRejectedAtTheEnd() throws Exception {
    for (int i = 0; i < 5; i++) {
      in.random("a/%d.npy".formatted(i), 2, 1);
    }

    Outcome waited =
        serve(
            "--rejected=jsonl:" + folder.resolve("rejected"),
            "--statistics-from=jsonl:" + stream,
            "--hold=3");

    waited.succeeded();
    assertThat(waited.counts()).isEqualTo("normalized 0 records (0 values), rejected 5");
    assertThat(JsonRows.reasons(folder.resolve("rejected")).values())
        .hasSize(5)
        .containsOnly("statistics_not_arrived");
  }

  @Test
  void anOlderLineOfTheStreamLeavesWhatTheFileSays() throws Exception {
    in.random("a/1.npy", 2, 1);
    in.random("b/1.npy", 2, 1);
    in.random("c/1.npy", 2, 1);
    Path file = folder.resolve("s.safetensors");
    StatisticsFile.write(
        file,
        Map.of("a", statistics(20, 1, 1), "b", statistics(20, 1, 1), "c", statistics(20, 1, 1)),
        false,
        Map.of());
    String line =
        "{\"key\":\"%s\",\"num_batches_tracked\":%d%s,\"running_mean\":[9],\"running_var\":[4]}\n";
    write(line.formatted("a", 7, "") + line.formatted("b", 7, ",\"reset\":true"));
    write(line.formatted("c", 30, ""));

    serve("--statistics-in=" + file, "--statistics-from=jsonl:" + stream).succeeded();

    EagerModel model = new EagerModel();
    model.load("a", statistics(20, 1, 1));
    model.load("b", statistics(7, 9, 4));
    model.load("c", statistics(30, 9, 4));
    for (String key : List.of("a", "b", "c")) {
      assertThat(out.read(key + "/1.npy").values())
          .as(key)
          .isEqualTo(model.eval(key, in.feature(key + "/1.npy")));
    }
  }

  @Test
  void linesThatAreNoStatisticsAreRejectedWithTheirNumber() throws Exception {
    in.random("a/1.npy", 2, 1);
    write(
        "{\"key\":\"a\",\"num_batches_tracked\":1,\"running_mean\":[1],\"running_var\":[4]}\n"
            + "{\"key\":\"a\",\"num_batches_tracked\":2,\"running_mean\":[1],\"running_var\":[-4]}\n");

    serve("--rejected=jsonl:" + folder.resolve("rejected"), "--statistics-from=jsonl:" + stream)
        .succeeded();

    assertThat(JsonRows.reasons(folder.resolve("rejected")))
        .isEqualTo(Map.of("a/line 2", "malformed_statistics"));
    assertThat(out.root().resolve("a/1.npy")).isNotEmptyFile();
  }

  private CompletableFuture<JobExecutionResult> start(Gate gate) throws Exception {
    RunCommand command = new RunCommand();
    command.input = "npy:" + in.root();
    command.output = "npy:" + out.root();
    command.mode = Mode.EVAL;
    command.statisticsFrom = "jsonl:" + stream;
    RunOptions options = RunOptions.of(command).orThrow();
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(options.engine().configuration());
    env.setParallelism(1);
    RunJob job =
        new RunJob(options) {
          @Override
          Inputs inputs(StreamExecutionEnvironment env) {
            return GatedFiles.npy(env, options.input().path(), false, gate);
          }
        };
    job.build(env);
    JobClient client = env.executeAsync("follow");
    return client.getJobExecutionResult();
  }

  /** A written file is complete. */
  private void awaitFile(String path, CompletableFuture<?> job) throws Exception {
    while (!Files.exists(out.root().resolve(path))) {
      try {
        fail("the job ended by " + job.get(20, TimeUnit.MILLISECONDS));
      } catch (TimeoutException e) {
        // It runs.
      }
    }
  }

  private void write(String lines) {
    try {
      Files.createDirectories(stream.getParent());
      Files.writeString(stream, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<JsonNode> rows(String key) {
    return JsonRows.lines(stream).stream()
        .filter(row -> row.path("key").asText().equals(key))
        .toList();
  }

  private static RunningStatistics statistics(JsonNode row) {
    double[] mean = new double[row.path("running_mean").size()];
    double[] var = new double[mean.length];
    for (int c = 0; c < mean.length; c++) {
      mean[c] = row.path("running_mean").get(c).asDouble();
      var[c] = row.path("running_var").get(c).asDouble();
    }
    return RunningStatistics.of(row.path("num_batches_tracked").asLong(), -1, mean, var);
  }

  private static RunningStatistics statistics(long batches, double mean, double var) {
    return RunningStatistics.of(batches, -1, new double[] {mean}, new double[] {var});
  }

  private Outcome serve(String... options) {
    String[] arguments = new String[options.length + 4];
    arguments[0] = "run";
    arguments[1] = "--input=npy:" + in.root();
    arguments[2] = "--output=npy:" + out.root();
    arguments[3] = "--mode=eval";
    System.arraycopy(options, 0, arguments, 4, options.length);
    return Outcome.of(arguments);
  }
}
