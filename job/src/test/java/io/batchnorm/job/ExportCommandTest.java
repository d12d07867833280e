package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.batchnorm.core.Affine;
import io.batchnorm.core.Averaging;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.types.Directive;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** {@code statistics export}, and the other commands where they read a savepoint. */
@Timeout(120)
class ExportCommandTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = SavepointRoundTripTest.cluster();

  private static final String COMMAND = "batchnorm statistics export";

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("s.safetensors");
  }

  private Path stopped(LearningJob job, int batches) throws Exception {
    return job.stopped(batches, folder, SavepointFormatType.CANONICAL);
  }

  private StatisticsFile exported(Path savepoint) throws Exception {
    Outcome.of("statistics", "export", "--savepoint", "" + savepoint, "--output", "" + file())
        .succeeded();
    return StatisticsFile.read(file());
  }

  private static RunningStatistics loaded(double mean) {
    return RunningStatistics.of(9, -1, new double[] {mean, 2}, new double[] {0.5, 0.25});
  }

  @Test
  void saysWhatItDid() throws Exception {
    LearningJob job =
        LearningJob.of(Averaging.DEFAULT, 3, 2)
            .with(
                Directive.freeze(MadeBatches.key(1)).afterBatches(1),
                Directive.freeze("*").afterBatches(50));
    Path savepoint = stopped(job, 2);

    Outcome outcome =
        Outcome.of("statistics", "export", "--savepoint", "" + savepoint, "--output", "" + file());

    assertThat(outcome.succeeded().out())
        .isEqualTo(
            """
            exported 3 keys (1 frozen) from %s into %s
            commands that act after a later batch wait for 3 keys; they are in no file, give them again
            """
                .formatted(savepoint, file()));
  }

  @Test
  void tellsWhatCommandsMadeOfKeysThatNoRecordEverVisited() throws Exception {
    String seen = MadeBatches.key(0);
    RunningStatistics weighted =
        loaded(3).withAffine(Affine.of(new float[] {1, 2}, new float[] {3, 4}));
    LearningJob job =
        LearningJob.of(Averaging.DEFAULT, 1, 2)
            .loading(
                Map.of(
                    "unseen", loaded(1), "reset", loaded(2), "weighted", weighted, seen, loaded(4)))
            .with(
                Directive.reset("reset"),
                Directive.load("later", loaded(5)).afterBatches(3),
                Directive.freeze("*"));

    StatisticsFile file = exported(stopped(job, 1));

    assertThat(file.byKey())
        .isEqualTo(Map.of("unseen", loaded(1), "weighted", weighted, seen, loaded(4)));
    assertThat(file.notes().keySet()).containsExactlyInAnyOrder("unseen", "weighted", seen);
    assertThat(file.notes().values()).allSatisfy(note -> assertThat(note.frozen()).isTrue());
    assertThat(file.note(seen).batches()).as("while 9 are tracked").isEqualTo(1);
    assertThat(file.metadata())
        .isEqualTo(
            Map.of(
                "format", "pt",
                "version", "2",
                "eps", "1.0E-5",
                "averaging", "exponential",
                "momentum", "0.1"));
  }

  @Test
  void tellsWhatCommandsMadeOfKeysThatNoRecordVisitsAnyMore() throws Exception {
    LearningJob job = LearningJob.of(Averaging.DEFAULT, 3, 2);
    LearningJob further =
        LearningJob.of(Averaging.DEFAULT, 1, 2)
            .with(Directive.reset(MadeBatches.key(1)), Directive.freeze(MadeBatches.key(2)));

    Path savepoint = further.stopped(2, 3, stopped(job, 2), folder, SavepointFormatType.CANONICAL);

    StatisticsFile file = exported(savepoint);
    assertThat(file.byKey().keySet()).containsExactly(MadeBatches.key(0), MadeBatches.key(2));
    assertThat(file.note(MadeBatches.key(0)).frozen()).isFalse();
    assertThat(file.note(MadeBatches.key(2)).frozen()).isTrue();
  }

  @Test
  void writesCountsForPopulationAveragingAlone() throws Exception {
    assertThat(exported(stopped(LearningJob.of(Averaging.DEFAULT, 1, 2), 3)).byKey().values())
        .extracting(RunningStatistics::count)
        .containsExactly(RunningStatistics.UNKNOWN_COUNT);
    assertThat(exported(stopped(LearningJob.of(Averaging.population(), 1, 2), 3)).byKey().values())
        .extracting(RunningStatistics::count)
        .containsExactly(6L);
  }

  @Test
  void keepsTheCountsOfAnImportUntilTrainingClearsThem() throws Exception {
    RunningStatistics counted =
        RunningStatistics.of(4, 77, new double[] {1, 2}, new double[] {3, 4});
    StatisticsFile.write(
        file(), Map.of(MadeBatches.key(0), counted), true, Map.of("averaging", "exponential"));
    Path imported = folder.resolve("imported");
    Outcome.of("statistics", "import", "--input", "" + file(), "--savepoint", "" + imported)
        .succeeded();

    assertThat(exported(imported).byKey()).containsValue(counted);
    assertThat(exported(imported).metadata())
        .isEqualTo(Map.of("format", "pt", "version", "2", "averaging", "exponential"));

    Path trained =
        LearningJob.of(Averaging.DEFAULT, 1, 2)
            .stopped(4, 5, imported, folder, SavepointFormatType.CANONICAL);

    assertThat(exported(trained).byKey().values())
        .extracting(RunningStatistics::numBatchesTracked, RunningStatistics::count)
        .containsExactly(tuple(5L, RunningStatistics.UNKNOWN_COUNT));
  }

  @Test
  void showDiffAndMergeReadSavepointsToo() throws Exception {
    LearningJob job =
        LearningJob.of(Averaging.population(), 2, 2)
            .with(Directive.freeze(MadeBatches.key(1)).afterBatches(2));
    Path savepoint = stopped(job, 3);
    exported(savepoint);

    String shown = Outcome.of("statistics", "show", "" + savepoint).succeeded().out();
    assertThat(shown).isEqualTo(Outcome.of("statistics", "show", "" + file()).succeeded().out());
    assertThat(shown.lines())
        .anySatisfy(line -> assertThat(line).matches("layer.000001 .* yes"))
        .anySatisfy(line -> assertThat(line).matches("layer.000000 .*[0-9]"));
    assertThat(
            Outcome.of("statistics", "diff", savepoint + "/_metadata", "" + file())
                .succeeded()
                .out())
        .startsWith("0 of 4 channels differ");
    Path merged = folder.resolve("m.safetensors");
    Outcome.of("statistics", "merge", "" + savepoint, "" + file(), "--output", "" + merged)
        .succeeded();
    assertThat(StatisticsFile.read(merged).byKey().get(MadeBatches.key(0)).count()).isEqualTo(12);
    Outcome.of("statistics", "show", "" + savepoint, "--key", "cam9")
        .refused(
            "batchnorm statistics show",
            "--key: %s has no key \"cam9\" among its 2".formatted(savepoint));
  }

  @Test
  void namesEveryFaultOfACommandLine() throws Exception {
    Outcome.of("statistics", "export")
        .refused(
            COMMAND,
            "--savepoint is missing, wanted the savepoint to read",
            "--output is missing, wanted the safetensors file to write");
    Outcome.of("statistics", "export", "--savepoint", "/nowhere", "--output", "" + folder)
        .refused(
            COMMAND,
            "there is no savepoint /nowhere: it is no folder with a file _metadata",
            "--output is the folder %s, wanted a file".formatted(folder));
    Outcome.of("statistics", "export", "--savepoint", "nothing://x/y", "--output", "" + file())
        .refused(
            COMMAND,
            "the metadata of nothing://x/y cannot be read, so it is no savepoint or damaged:"
                + " Cannot access file system for checkpoint/savepoint path 'nothing://x/y'.");
    Path notes = Files.writeString(folder.resolve("_metadata"), "mine");
    Outcome.of("statistics", "show", "" + notes)
        .refused(
            "batchnorm statistics show",
            "the metadata of %s cannot be read, so it is no savepoint or damaged: Unexpected magic number"
                .formatted(notes));
  }

  @Test
  void refusesTheSavepointOfAnotherJob() throws Exception {
    Path savepoint =
        LearningJob.of(Averaging.DEFAULT, 1, 2)
            .named("another")
            .stopped(1, folder, SavepointFormatType.CANONICAL);

    Outcome.of("statistics", "export", "--savepoint", "" + savepoint, "--output", "" + file())
        .refused(
            COMMAND,
            "%s is of another job: none of its operators has the uid \"batchnorm\""
                .formatted(savepoint));
  }
}
