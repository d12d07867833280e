package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.types.Directive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunChecksTest {
  private static final RunningStatistics COUNTLESS =
      RunningStatistics.of(1, RunningStatistics.UNKNOWN_COUNT, new double[1], new double[1]);

  @TempDir Path folder;
  private Path statistics;

  @BeforeEach
  void prepare() throws IOException {
    Files.createDirectories(folder.resolve("in/k"));
    Files.createFile(folder.resolve("in/k/1.npy"));
    Files.createFile(folder.resolve("in/k/1.png"));
    Files.writeString(folder.resolve("a.csv"), "k,a,b,t\n");
    Files.createDirectories(folder.resolve("empty/k"));
    Files.createFile(folder.resolve("empty/k/readme.txt"));
    statistics = folder.resolve("statistics.safetensors");
    StatisticsFile.write(statistics, Map.of("k", COUNTLESS), false, Map.of());
  }

  @Test
  void fillsInTheDefaultsOfPyTorchAndOfEachInput() {
    RunOptions npy = options(run -> {});
    RunOptions csv = options(this::csv);

    assertThat(npy.mode()).isEqualTo(Mode.TRAIN);
    assertThat(npy.config().eps()).isEqualTo(1e-5);
    assertThat(npy.config().averaging()).isEqualTo(Averaging.exponential(0.1));
    assertThat(npy.samples()).isFalse();
    assertThat(npy.stateTtl()).isNull();
    assertThat(npy.engine()).isEqualTo(new EngineOptions(null, null, null, null, null));
    assertThat(csv.batchSize()).isEqualTo(32);
    assertThat(options(run -> run.input = "images:" + folder.resolve("in")).batchSize())
        .isEqualTo(32);
    assertThat(options(run -> run.batchSize = 4).batchSize()).isEqualTo(4);
  }

  @Test
  void takesEverythingAsGiven() {
    RunOptions options =
        options(
            run -> {
              csv(run);
              run.timeColumn = "t";
              run.batchTimeout = "10s";
              run.freezeAfter = 3L;
              run.stateTtl = "7d";
              run.checkpointDir = folder.resolve("checkpoints").toString();
              run.statisticsOut = folder.resolve("new/s.safetensors").toString();
              run.rejected = "jsonl:" + folder.resolve("rejected");
            });

    assertThat(options.batchTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(options.stateTtl()).isEqualTo(Duration.ofDays(7));
    assertThat(options.freeze()).containsExactly(Directive.freeze("*").afterBatches(3));
    assertThat(options.engine().checkpointInterval()).isEqualTo(Duration.ofSeconds(10));
    assertThat(options.engine().checkpointDir())
        .isEqualTo(folder.resolve("checkpoints").toUri().toString());
    assertThat(options.statistics().out()).isEqualTo(folder.resolve("new/s.safetensors"));
    assertThat(options.rejected().path()).isEqualTo(folder.resolve("rejected"));
  }

  @Test
  void tellsAllFaultsAtOnce() {
    assertThat(
            faults(
                run -> {
                  run.input = "csv:" + folder.resolve("gone.csv");
                  run.output = "nyp:out";
                  run.mode = Mode.EVAL;
                  run.eps = 0;
                  run.momentum = Double.NaN;
                  run.batchSize = 0;
                  run.batchTimeout = "soon";
                  run.featureColumns = List.of("a");
                  run.statisticsOut = folder.toString();
                  run.rejected = folder.toString();
                  run.control = "jsonl:" + folder.resolve("gone.jsonl");
                  run.freezeAfter = 0L;
                  run.stateTtl = "0s";
                  run.channelsPerSlice = 0;
                  run.parallelism = 129;
                  run.checkpointDir = folder.resolve("a.csv").toString();
                  run.checkpointInterval = "1ms";
                  run.stateBackend = "HASHMAP";
                }))
        .containsExactlyInAnyOrder(
            "--input: there is no " + folder.resolve("gone.csv"),
            "--output is \"nyp:out\", wanted npy:DIR or jsonl:DIR or kafka:TOPIC or none",
            "--mode eval wants statistics; give --statistics-in, --statistics-from, --savepoint,"
                + " --control with a load, or --unknown-key initial",
            "--eps is 0.0, wanted a finite number above 0, such as 1e-5",
            "--momentum is NaN, wanted a number in [0, 1]: the weight of the new batch",
            "--batch-size is 0, wanted 1 to 1048576",
            "--batch-timeout is \"soon\", wanted 1 ms or more, such as 500ms, 10s or 5min",
            "--key-column is missing, csv inputs want the name of the key's column",
            "--statistics-out is the folder %s, wanted a file".formatted(folder),
            "--rejected is \"%s\", wanted jsonl:DIR or kafka:TOPIC".formatted(folder),
            "--control: %1$s: there is no file %1$s".formatted(folder.resolve("gone.jsonl")),
            "--freeze-after is for --mode train, eval mode never learns",
            "--freeze-after is 0, wanted 1 or more",
            "--state-ttl is \"0s\", wanted 1 ms or more, such as 500ms, 10s or 5min",
            "--state-ttl is for --mode train: in eval mode nothing is learned again, so what a"
                + " savepoint brought of a key would be lost for good",
            "--state-ttl does not go with --channels-per-slice, whose slices of a key are in several"
                + " subtasks and count what comes to them: they cannot be forgotten at once",
            "--channels-per-slice is 0, wanted 1 or more",
            "--channels-per-slice is for --mode train, or for eval with --control or --savepoint;"
                + " without them nothing is shuffled and a key uses all cores",
            "--parallelism is 129, wanted 1 to 128",
            "--checkpoint-dir: %s is a file, wanted a folder".formatted(folder.resolve("a.csv")),
            "--checkpoint-interval is \"1ms\", wanted 10 ms or more, such as 500ms, 10s or 5min",
            "--state-backend is \"HASHMAP\", wanted hashmap or rocksdb");
  }

  @Test
  void wantsInputsThatThereAre() {
    String csv = folder.resolve("a.csv").toString();

    assertThat(faults(run -> run.input = "npy:" + folder.resolve("empty")))
        .containsExactly(
            "--input: there is no .npy file in %s, wanted DIR/KEY/*.npy"
                .formatted(folder.resolve("empty")));
    assertThat(faults(run -> run.input = "images:" + folder.resolve("empty")))
        .containsExactly(
            "--input: there is no image in %s, wanted DIR/KEY/*.png"
                .formatted(folder.resolve("empty")));
    assertThat(faults(run -> run.input = "npy:" + csv))
        .containsExactly(
            "--input: %s is a file, npy wants a folder DIR with DIR/KEY/...".formatted(csv));
    assertThat(faults(run -> run.input = "npy:"))
        .containsExactly(
            "--input is \"npy:\", wanted npy:DIR or images:DIR or csv:FILE or kafka:TOPIC");
    assertThat(faults(run -> run.input = folder.toString()))
        .containsExactly(
            "--input is \"%s\", wanted npy:DIR or images:DIR or csv:FILE or kafka:TOPIC"
                .formatted(folder));
    assertThat(
            faults(
                run -> {
                  csv(run);
                  run.input = "csv:" + folder;
                }))
        .containsExactly("--input: %s is a folder, wanted a file".formatted(folder));
  }

  @Test
  void wantsColumnsForCsvOnlyAndOnlySuchAsThereAre() {
    assertThat(
            faults(
                run -> {
                  csv(run);
                  run.featureColumns = List.of("a", "x");
                  run.timeColumn = "T";
                }))
        .containsExactly(
            "--input: %s: there is no column \"x\", the columns are k, a, b, t"
                .formatted(folder.resolve("a.csv")),
            "--input: %s: there is no column \"T\", the columns are k, a, b, t"
                .formatted(folder.resolve("a.csv")));
    assertThat(
            faults(
                run -> {
                  run.keyColumn = "k";
                  run.featureColumns = List.of("a");
                  run.timeColumn = "t";
                }))
        .containsExactly(
            "--key-column is for csv inputs, the input is npy",
            "--feature-columns is for csv inputs, the input is npy",
            "--time-column is for csv inputs, the input is npy");
    assertThat(faults(run -> run.input = "csv:" + folder.resolve("a.csv")))
        .containsExactly(
            "--key-column is missing, csv inputs want the name of the key's column",
            "--feature-columns is missing, csv inputs want the names of the channels' columns");
  }

  @Test
  void refusesToWriteWhereItReadsAlsoThroughLinks() throws Exception {
    Path in = folder.resolve("in");
    Files.createSymbolicLink(folder.resolve("link"), in);

    for (String output : List.of("in", "in/k/out", "link", "link/out", ".", "other/../in")) {
      Path path = folder.resolve(output).normalize();
      assertThat(faults(run -> run.output = "npy:" + folder.resolve(output)))
          .containsExactly(
              "--output: %s and the input %s lie in one another, wanted separate folders"
                  .formatted(path, in));
      assertThat(faults(run -> run.rejected = "jsonl:" + folder.resolve(output)))
          .singleElement()
          .asString()
          .startsWith("--rejected: " + path + " and the input");
    }
    assertThat(faults(run -> run.output = "npy:" + folder.resolve("inn"))).isEmpty();
  }

  @Test
  void refusesFoldersThatCannotBeAndFilesThatWouldBeLost() {
    Path csv = folder.resolve("a.csv");

    assertThat(faults(run -> run.output = "npy:" + csv.resolve("x/y")))
        .containsExactly("--output: %s is a file, wanted a folder".formatted(csv));
    assertThat(faults(run -> run.statisticsOut = csv.resolve("x").toString()))
        .containsExactly("--statistics-out: %s is a file, wanted a folder".formatted(csv));
    for (Path lost : List.of(csv, Path.of("/dev/null"))) {
      assertThat(faults(run -> run.statisticsOut = lost.toString()))
          .containsExactly(
              "--statistics-out: %s is there already and holds more than statistics, so it is not replaced; wanted another name"
                  .formatted(lost));
    }
    assertThat(faults(run -> run.statisticsOut = statistics.toString())).isEmpty();
    assertThat(faults(run -> run.statisticsOut = folder.resolve("in/k/1.npy").toString()))
        .as("an empty file")
        .isEmpty();
  }

  @Test
  void wantsEventTimeForATimeoutAndExponentialAveragingForAMomentum() {
    String sentence =
        "--batch-timeout is event time, it wants a kafka input, or a csv input with --time-column";

    assertThat(faults(run -> run.batchTimeout = "10s")).containsExactly(sentence);
    assertThat(
            faults(
                run -> {
                  csv(run);
                  run.batchTimeout = "10s";
                }))
        .containsExactly(sentence);
    assertThat(
            faults(
                run -> {
                  csv(run);
                  run.keyColumn = null;
                  run.timeColumn = "t";
                  run.batchTimeout = "10s";
                }))
        .as("only what is missing")
        .containsExactly("--key-column is missing, csv inputs want the name of the key's column");
    assertThat(
            faults(
                run -> {
                  run.averaging = Averaging.Kind.CUMULATIVE;
                  run.momentum = 0.1;
                }))
        .containsExactly("--momentum is for --averaging exponential, not cumulative");
  }

  private void csv(RunCommand run) {
    run.input = "csv:" + folder.resolve("a.csv");
    run.keyColumn = "k";
    run.featureColumns = List.of("a", "b");
  }

  private List<String> faults(Consumer<RunCommand> change) {
    return new CheckedRun(folder).faults(change);
  }

  private RunOptions options(Consumer<RunCommand> change) {
    return new CheckedRun(folder).options(change);
  }

  @Test
  void wantsAFileSystemForCheckpointsThatThisFlinkHas() {
    assertThat(faults(run -> run.checkpointDir = "foo://bar"))
        .singleElement()
        .asString()
        .startsWith("--checkpoint-dir is \"foo://bar\", for which this Flink has no file system");
  }
}
