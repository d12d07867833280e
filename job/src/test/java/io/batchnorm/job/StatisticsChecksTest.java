package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.UnknownKey;
import io.batchnorm.exchange.Safetensors;
import io.batchnorm.exchange.SafetensorsWriter;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.exchange.Tensor;
import io.batchnorm.job.savepoint.SavepointFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which statistics a run may start from, follow, tell and write. */
class StatisticsChecksTest {
  private static final RunningStatistics COUNTLESS =
      RunningStatistics.of(1, RunningStatistics.UNKNOWN_COUNT, new double[1], new double[1]);

  @TempDir Path folder;
  private Path statistics;

  @BeforeEach
  void prepare() throws IOException {
    Files.createDirectories(folder.resolve("in/k"));
    Files.createFile(folder.resolve("in/k/1.npy"));
    Files.writeString(folder.resolve("a.csv"), "k,a,b,t\n");
    statistics = folder.resolve("statistics.safetensors");
    StatisticsFile.write(statistics, Map.of("k", COUNTLESS), false, Map.of());
  }

  @Test
  void servingTakesItsStatisticsFromAFileAStreamOrASavepoint() throws Exception {
    Path savepoint = folder.resolve("savepoint");
    Outcome.of("statistics", "import", "--input=" + statistics, "--savepoint=" + savepoint)
        .succeeded();

    RunOptions file = options(this::eval);
    RunOptions stream =
        options(
            run -> {
              run.mode = Mode.EVAL;
              run.statisticsFrom = "jsonl:" + folder.resolve("not/yet.jsonl");
              run.hold = 0;
              run.adapt = 0.25;
            });
    RunOptions state =
        options(
            run -> {
              run.mode = Mode.EVAL;
              run.savepoint = savepoint.toString();
            });

    assertThat(file.served()).isTrue();
    assertThat(stream.served()).isTrue();
    assertThat(stream.statistics().from()).isEqualTo(folder.resolve("not/yet.jsonl"));
    assertThat(stream.statistics().hold()).isZero();
    assertThat(stream.adapt()).isEqualTo(0.25);
    assertThat(state.served()).as("its state is keyed").isFalse();
    assertThat(state.engine().savepoint())
        .isEqualTo(SavepointFolder.of(savepoint.toString()).path().toString());
  }

  @Test
  void refusesWhatServingHasNot() throws Exception {
    Path control = folder.resolve("control.jsonl");
    Files.writeString(control, "{\"command\":\"freeze\",\"key\":\"*\"}");

    assertThat(faults(run -> run.adapt = 2.0))
        .containsExactlyInAnyOrder(
            "--adapt is 2.0, wanted a number in [0, 1]: the weight of the batch",
            "--adapt is for --mode eval");
    assertThat(
            faults(
                run -> {
                  run.statisticsFrom = "jsonl:" + folder;
                  run.hold = -1;
                  run.statisticsOut = folder.resolve("s").toString();
                }))
        .containsExactlyInAnyOrder(
            "--statistics-from: %s is a folder, wanted a file".formatted(folder),
            "--hold is -1, wanted 0 to 1048576 records",
            "--statistics-from is for --mode eval",
            "--statistics-out is not for --statistics-from, which learns nothing itself");
    assertThat(
            faults(
                run -> {
                  eval(run);
                  run.adapt = Double.NaN;
                  run.control = "jsonl:" + control;
                  run.hold = 3;
                  run.statisticsStream = "jsonl:" + folder.resolve("stream");
                }))
        .containsExactlyInAnyOrder(
            "--adapt is NaN, wanted a number in [0, 1]: the weight of the batch",
            "--adapt does not go with --control, which wants the state of each key",
            "--hold is for --statistics-from, which is missing",
            "--statistics-stream and --statistics-interval are for --mode train, eval mode learns"
                + " nothing");
    assertThat(
            faults(
                run -> {
                  run.mode = Mode.EVAL;
                  run.statisticsFrom = "csv:x";
                  run.savepoint = folder.resolve("gone").toString();
                }))
        .containsExactlyInAnyOrder(
            "--statistics-from is \"csv:x\", wanted jsonl:FILE or kafka:TOPIC",
            "--statistics-from does not go with --savepoint, which wants the state of each key",
            "there is no savepoint %s: it is no folder with a file _metadata"
                .formatted(folder.resolve("gone")));
  }

  @Test
  void refusesAStatisticsStreamThatCannotBe() {
    assertThat(faults(run -> run.statisticsInterval = 0L))
        .containsExactlyInAnyOrder(
            "--statistics-interval is 0, wanted 1 or more batches",
            "--statistics-interval wants --statistics-stream or --statistics-out");
    assertThat(faults(run -> run.statisticsStream = "jsonl:" + statistics))
        .containsExactly(
            "--statistics-stream: %s is a file, wanted a folder".formatted(statistics));
    RunOptions options =
        options(
            run -> {
              run.statisticsInterval = 5L;
              run.statisticsStream = "jsonl:" + folder.resolve("stream");
            });
    assertThat(options.statistics().interval()).isEqualTo(5);
    assertThat(options.statistics().stream().path()).isEqualTo(folder.resolve("stream"));
  }

  @Test
  void refusesTwoSourcesOfStatisticsOfWhichOneWouldBeLost() {
    assertThat(
            faults(
                run -> {
                  run.statisticsIn = statistics.toString();
                  run.savepoint = " ";
                }))
        .containsExactlyInAnyOrder(
            "--statistics-in does not go with --savepoint: both bring statistics, and those of the"
                + " file would replace what the savepoint learned; give one of them",
            "--savepoint is empty, wanted the folder of a savepoint");
  }

  @Test
  void replacesTheStreamOfAnEarlierRunButNothingElse() throws Exception {
    Path stream = Files.createDirectories(folder.resolve("stream"));
    Path file = stream.resolve("statistics.jsonl");
    Files.writeString(file, "my precious notes\n");

    assertThat(faults(run -> run.statisticsStream = "jsonl:" + stream))
        .containsExactly(
            "--statistics-stream: %s is there already and holds no statistics, so it is not replaced; wanted another folder"
                .formatted(file));

    Files.writeString(file, "{\"key\":\"a\",\"reset\":true}\n");
    options(run -> run.statisticsStream = "jsonl:" + stream);
    Files.delete(file);
    Files.createDirectory(file);
    assertThat(faults(run -> run.statisticsStream = "jsonl:" + stream))
        .containsExactly("--statistics-stream: %s is a folder, wanted a file".formatted(file));
  }

  private void eval(RunCommand run) {
    run.mode = Mode.EVAL;
    run.statisticsIn = statistics.toString();
  }

  @Test
  void wantsStatisticsThatTheRunCanGoOnFrom() throws Exception {
    Path none = folder.resolve("none.safetensors");
    StatisticsFile.write(none, Map.of(), false, Map.of());
    Path csv = folder.resolve("a.csv");

    assertThat(faults(run -> run.statisticsIn = none.toString()))
        .containsExactly(
            "--statistics-in: %s has no tensor KEY.running_mean among its 0".formatted(none));
    assertThat(faults(run -> run.statisticsIn = "/nowhere/s"))
        .containsExactly("--statistics-in: there is no file /nowhere/s");
    assertThat(faults(run -> run.statisticsIn = folder.toString()))
        .containsExactly("--statistics-in: %s is a folder, wanted a file".formatted(folder));
    assertThat(faults(run -> run.statisticsIn = csv.toString()))
        .singleElement()
        .asString()
        .startsWith("--statistics-in: %s: its first 8 bytes".formatted(csv));
    assertThat(faults(this::population))
        .containsExactly(
            "--statistics-in: %s has no tensor \"k.count\", which --averaging population wants to go on from; use another averaging"
                .formatted(statistics));
    assertThat(
            faults(
                run -> {
                  population(run);
                  run.mode = Mode.EVAL;
                }))
        .isEmpty();
  }

  @Test
  void servesInEvalModeFromWhateverBringsStatistics() throws Exception {
    Path freeze =
        Files.writeString(folder.resolve("f.jsonl"), "{\"command\":\"freeze\",\"key\":\"*\"}");
    Path load =
        Files.writeString(
            folder.resolve("l.jsonl"),
            "{\"command\":\"load\",\"key\":\"*\",\"file\":\"%s\"}".formatted(statistics));

    assertThat(faults(run -> eval(run, r -> r.statisticsIn = statistics.toString()))).isEmpty();
    assertThat(faults(run -> eval(run, r -> r.control = "jsonl:" + load))).isEmpty();
    assertThat(faults(run -> eval(run, r -> r.unknownKey = UnknownKey.INITIAL))).isEmpty();
    assertThat(faults(run -> eval(run, r -> r.control = "jsonl:" + freeze)))
        .singleElement()
        .asString()
        .startsWith("--mode eval wants statistics");
  }

  @Test
  void doesNotReplaceAModelOfWhichStatisticsAreOnlyAPart() throws Exception {
    Path model = folder.resolve("model.safetensors");
    Map<String, Tensor> tensors =
        Map.of(
            "bn.running_mean", Tensor.ofVector(1f),
            "bn.running_var", Tensor.ofVector(1f),
            "conv.weight", Tensor.ofVector(1f, 2f));
    Files.write(model, SafetensorsWriter.toBytes(new Safetensors(tensors, Map.of())));

    assertThat(faults(run -> run.statisticsIn = model.toString())).isEmpty();
    assertThat(faults(run -> run.statisticsOut = model.toString()))
        .containsExactly(
            "--statistics-out: %s is there already and holds more than statistics, so it is not replaced; wanted another name"
                .formatted(model));
  }

  @Test
  void refusesStatisticsOfAKeyNamedLikeAllKeys() throws Exception {
    Path file = folder.resolve("star.safetensors");
    StatisticsFile.write(file, Map.of("*", COUNTLESS), false, Map.of());

    assertThat(faults(run -> run.statisticsIn = file.toString()))
        .containsExactly(
            "--statistics-in: %s has a key \"*\", which stands for all keys; rename its tensors"
                .formatted(file));
  }

  private void population(RunCommand run) {
    run.averaging = Averaging.Kind.POPULATION;
    run.statisticsIn = statistics.toString();
  }

  private static void eval(RunCommand run, Consumer<RunCommand> more) {
    run.mode = Mode.EVAL;
    more.accept(run);
  }

  private List<String> faults(Consumer<RunCommand> change) {
    return new CheckedRun(folder).faults(change);
  }

  private RunOptions options(Consumer<RunCommand> change) {
    return new CheckedRun(folder).options(change);
  }
}
