package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Mode;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code run --channels-per-slice}: files with the same bytes as without it. */
class SlicedRunTest {
  @TempDir Path folder;
  private NpyFolder in;

  @BeforeEach
  void prepare() {
    in = new NpyFolder(folder.resolve("in"));
    for (int i = 0; i < 6; i++) {
      in.random("a/%d.npy".formatted(i), 6, 5, 2);
      in.random("b/%d.npy".formatted(i), 2, 1, 3 + i, 4);
      in.random("c/%d.npy".formatted(i), 3, 8);
    }
    in.random("a/wrong.npy", 6, 7, 2);
    in.values("b/nan.npy", new float[] {1, Float.NaN}, 2, 1, 1, 1);
  }

  private Outcome run(String name, String... options) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "run",
                "--input=npy:" + in.root(),
                "--statistics-out=" + folder.resolve(name + ".safetensors")));
    arguments.addAll(List.of(options));
    return Outcome.of(arguments).succeeded();
  }

  private Path statistics(String name) {
    return folder.resolve(name + ".safetensors");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 3, hashmap, exponential",
    "2, 1, rocksdb, cumulative",
    "2, 3, hashmap, population",
    "100, 2, rocksdb, exponential"
  })
  void writesTheFilesOfARunWithWholeLayers(
      int width, int parallelism, String backend, String averaging) {
    String[] common = {
      "--averaging=" + averaging,
      "--freeze-after=4",
      "--parallelism=" + parallelism,
      "--state-backend=" + backend
    };
    Outcome whole = run("whole", with(common, "--output=npy:" + folder.resolve("whole")));

    Outcome sliced =
        run(
            "sliced",
            with(
                with(common, "--output=npy:" + folder.resolve("sliced")),
                "--channels-per-slice=" + width));

    assertThat(sliced.counts()).isEqualTo(whole.counts()).contains("18 records", "rejected 2");
    assertThat(new NpyFolder(folder.resolve("sliced")).contents())
        .isEqualTo(new NpyFolder(folder.resolve("whole")).contents())
        .hasSize(18);
    assertThat(statistics("sliced")).hasSameBinaryContentAs(statistics("whole"));
  }

  private static String[] with(String[] options, String more) {
    String[] all = new String[options.length + 1];
    System.arraycopy(options, 0, all, 0, options.length);
    all[options.length] = more;
    return all;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void learnsTheSameWhereNothingIsWritten(int width) {
    Outcome whole = run("whole", "--output=none");

    Outcome sliced = run("sliced", "--output=none", "--channels-per-slice=" + width);

    assertThat(sliced.counts()).isEqualTo(whole.counts()).contains("18 records");
    assertThat(statistics("sliced")).hasSameBinaryContentAs(statistics("whole"));
  }

  @Test
  void countsSamplesAndGivesThemBackAsSamples() throws Exception {
    Path csv = folder.resolve("in.csv");
    StringBuilder rows = new StringBuilder("k,a,b,c\n");
    for (int i = 0; i < 48; i++) {
      rows.append("s%d,%d,%d.5,%d\n".formatted(i % 3, i, i * 7 % 11, -i));
    }
    Files.writeString(csv, rows);
    String[] options = {
      "run", "--input=csv:" + csv, "--key-column=k", "--feature-columns=a,b,c", "--batch-size=4"
    };
    String[] sliced = with(options, "--channels-per-slice=2");

    Outcome whole = Outcome.of(with(options, "--output=npy:" + folder.resolve("w"))).succeeded();
    Outcome both = Outcome.of(with(sliced, "--output=npy:" + folder.resolve("s"))).succeeded();
    Outcome none = Outcome.of(with(sliced, "--output=none")).succeeded();

    assertThat(both.counts()).isEqualTo(whole.counts()).contains("48 records (144 values)");
    assertThat(none.counts()).isEqualTo(whole.counts());
    assertThat(new NpyFolder(folder.resolve("s")).contents())
        .isEqualTo(new NpyFolder(folder.resolve("w")).contents());
  }

  @Test
  void goesOnFromStatisticsOfAFileAndByCommands() throws Exception {
    run("first", "--output=none");
    Path commands = folder.resolve("commands.jsonl");
    Files.writeString(
        commands,
        """
        {"command":"reset","key":"c","after_batches":2}
        {"command":"freeze","key":"a"}
        {"command":"load","key":"b","file":"%s"}
        """
            .formatted(statistics("first")));
    String[] options = {
      "--statistics-in=" + statistics("first"), "--control=jsonl:" + commands, "--output=none"
    };
    run("whole", options);

    run("sliced", with(options, "--channels-per-slice=3"));

    assertThat(statistics("sliced")).hasSameBinaryContentAs(statistics("whole"));
    assertThat(StatisticsFile.read(statistics("sliced")).byKey().get("c").numBatchesTracked())
        .isEqualTo(4);
  }

  @Test
  void refusesWhatSlicesCannotDo() {
    CheckedRun checked = new CheckedRun(folder);
    assertThat(checked.faults(run -> run.channelsPerSlice = 0))
        .containsExactly("--channels-per-slice is 0, wanted 1 or more");
    assertThat(
            checked.faults(
                run -> {
                  run.channelsPerSlice = 2;
                  run.mode = Mode.EVAL;
                  run.statisticsIn = written("s").toString();
                }))
        .containsExactly(
            "--channels-per-slice is for --mode train, or for eval with --control or --savepoint;"
                + " without them nothing is shuffled and a key uses all cores");
  }

  private Path written(String name) {
    try {
      StatisticsFile.write(
          statistics(name), Map.of("a", RunningStatistics.initial(2)), false, Map.of());
      return statistics(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
