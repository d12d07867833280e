package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Averaging;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.types.Directive;
import java.nio.file.Path;
import java.util.Map;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Savepoints of sliced layers: their statistics are whole, and other widths are refused. */
@Timeout(180)
class SlicedSavepointTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = SavepointRoundTripTest.cluster();

  private static final int HALF = 4;
  private static final int END = 8;
  private static final int WIDTH = 24;
  private static final Directive[] COMMANDS = {
    Directive.freeze(MadeBatches.key(1)).afterBatches(3),
    Directive.freeze(MadeBatches.key(2)).afterBatches(HALF + 2)
  };

  @TempDir Path folder;

  private static LearningJob job(int keys) {
    return LearningJob.of(Averaging.population(), keys, 64).with(COMMANDS);
  }

  private static void assertGoesOn(LearningJob.Results unbroken, LearningJob.Results continued) {
    unbroken
        .outputs()
        .keySet()
        .removeIf(id -> Integer.parseInt(id.substring(id.indexOf('/') + 1)) < HALF);
    assertThat(continued.outputs()).isNotEmpty().isEqualTo(unbroken.outputs());
    assertThat(continued.fingerprint(true)).isEqualTo(unbroken.fingerprint(true));
    assertThat(continued.frozen()).isEqualTo(unbroken.frozen());
  }

  private Path exported(Path savepoint) {
    Path file = folder.resolve("statistics.safetensors");
    Outcome.of("statistics", "export", "--savepoint", "" + savepoint, "--output", "" + file)
        .succeeded();
    return file;
  }

  private Path imported(Path file, int width) {
    Path savepoint = folder.resolve("imported");
    Outcome.of(
            "statistics",
            "import",
            "--input=" + file,
            "--savepoint=" + savepoint,
            "--channels-per-slice=" + width)
        .succeeded();
    return savepoint;
  }

  @ParameterizedTest
  @CsvSource({"hashmap, CANONICAL", "rocksdb, CANONICAL", "rocksdb, NATIVE", "hashmap, NATIVE"})
  void restoredJobGoesOnAsIfItHadNeverStopped(String backend, SavepointFormatType format)
      throws Exception {
    LearningJob sliced = job(10).sliced(WIDTH);
    Path savepoint = sliced.on(backend, 1).stopped(HALF, folder, format);

    LearningJob.Results continued = sliced.on(backend, 3).run(HALF, END, savepoint);

    assertGoesOn(job(10).run(0, END, null), continued);
  }

  @ParameterizedTest
  @CsvSource({"hashmap, 24, 24", "rocksdb, 1, 24", "hashmap, 100, 5", "rocksdb, 24, 0"})
  void exportAndImportCarryThemOverToAnyWidth(String backend, int before, int after)
      throws Exception {
    Path savepoint =
        job(10).sliced(before).on(backend, 2).stopped(HALF, folder, SavepointFormatType.CANONICAL);

    Path file = exported(savepoint);
    LearningJob next = job(10).on(backend, 2);
    LearningJob.Results continued =
        after == 0
            ? next.run(HALF, END, importedWhole(file))
            : next.sliced(after).run(HALF, END, imported(file, after));

    assertGoesOn(job(10).run(0, END, null), continued);
  }

  private Path importedWhole(Path file) {
    Path savepoint = folder.resolve("whole");
    Outcome.of("statistics", "import", "--input=" + file, "--savepoint=" + savepoint).succeeded();
    return savepoint;
  }

  @Test
  void showAndDiffSeeWholeStatistics() throws Exception {
    Path sliced = job(3).sliced(WIDTH).stopped(HALF, folder, SavepointFormatType.CANONICAL);
    Path whole = job(3).stopped(HALF, folder, SavepointFormatType.CANONICAL);

    assertThat(Outcome.of("statistics", "diff", "" + sliced, "" + whole).succeeded().out())
        .startsWith("0 of 192");
    assertThat(Outcome.of("statistics", "show", "" + sliced).succeeded().out())
        .isEqualTo(Outcome.of("statistics", "show", "" + whole).succeeded().out());
    assertThat(StatisticsFile.read(exported(sliced)).byKey()).hasSize(3);
  }

  @Test
  void anImportIsReadBackWholeAndDrainedAgainByARunThatSeesNothing() throws Exception {
    Path file = exported(job(3).stopped(HALF, folder, SavepointFormatType.CANONICAL));
    Path savepoint = imported(file, 7);

    LearningJob.Results told = job(3).sliced(7).run(0, 0, savepoint);

    Map<String, ?> expected = StatisticsFile.read(file).byKey();
    assertThat(told.statistics()).hasSize(3);
    told.statistics()
        .forEach((key, value) -> assertThat(value.statistics()).isEqualTo(expected.get(key)));
  }

  private static String mismatch(String saved, String wanted) {
    return "the savepoint was taken with channels-per-slice %s, this job has %s; start with %s, or carry the statistics over by statistics export and --statistics-in"
        .formatted(saved, wanted, saved);
  }

  @Test
  void runRefusesASavepointOfAnotherWidth() throws Exception {
    Path whole = job(2).stopped(HALF, folder, SavepointFormatType.CANONICAL);
    Path sliced = imported(exported(whole), 5);
    NpyFolder in = new NpyFolder(folder.resolve("in"));
    in.random("%s/1.npy".formatted(MadeBatches.key(0)), 4, 64);
    String input = "--input=npy:" + in.root();

    Outcome.of("run", input, "--output=none", "--savepoint=" + whole, "--channels-per-slice=5")
        .refused("batchnorm run", "--savepoint: " + mismatch("none", "5"));
    Outcome.of("run", input, "--output=none", "--savepoint=" + sliced)
        .refused("batchnorm run", "--savepoint: " + mismatch("5", "none"));
    Outcome other =
        Outcome.of(
            "run", input, "--output=none", "--savepoint=" + sliced, "--channels-per-slice=6");

    assertThat(other.status()).isEqualTo(1);
    assertThat(other.err()).contains(mismatch("5", "6"));
    Outcome.of("run", input, "--output=none", "--savepoint=" + sliced, "--channels-per-slice=5")
        .succeeded();
  }
}
