package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Affine;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.KeyNote;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.exchange.StatisticsFileWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code statistics show}, {@code diff} and {@code merge} on files. */
class StatisticsCommandTest {
  @TempDir Path folder;

  private String a;
  private String b;
  private String exponential;

  private static RunningStatistics statistics(long batches, long count, double mean, double var) {
    return RunningStatistics.of(batches, count, new double[] {mean, 0}, new double[] {var, var});
  }

  private String write(String name, String averaging, Map<String, RunningStatistics> byKey)
      throws Exception {
    Path file = folder.resolve(name);
    StatisticsFile.write(file, byKey, true, Map.of("averaging", averaging));
    return file.toString();
  }

  @BeforeEach
  void prepare() throws Exception {
    a =
        write(
            "a.safetensors",
            "population",
            Map.of("cam1", statistics(2, 10, 1, 4), "cam2", statistics(3, 30, 5, 1)));
    b =
        write(
            "b.safetensors",
            "population",
            Map.of("cam1", statistics(1, 30, 3, 8), "cam2", statistics(3, 30, 5, 1)));
    exponential = write("e.safetensors", "exponential", Map.of("cam1", statistics(2, 10, 1, 4)));
  }

  @Test
  void showsALineForEachKey() {
    Outcome outcome = Outcome.of("statistics", "show", a).succeeded();

    assertThat(outcome.out().lines())
        .satisfiesExactly(
            line ->
                assertThat(line).contains("key", "channels", "batches", "mean", "std", "frozen"),
            line -> assertThat(line).matches("cam1 +2 +2 +0\\.0000 \\.\\. +1\\.0000 +2\\.0000.*"),
            line -> assertThat(line).startsWith("cam2"),
            line ->
                assertThat(line).matches("2 keys, population averaging, fingerprint [0-9a-f]{16}"));
  }

  @Test
  void showsOneKeyChannelByChannelWithWeightAndBias() throws Exception {
    RunningStatistics weighted =
        statistics(7, 10, 1, 4).withAffine(Affine.of(new float[] {1.5f, 2}, new float[] {0, -3}));
    String file = write("w.safetensors", "exponential", Map.of("k", weighted));

    assertThat(Outcome.of("statistics", "show", file, "--key", "k").succeeded().out().lines())
        .hasSize(5)
        .anySatisfy(line -> assertThat(line).matches(" +0 +1\\.0+ +2\\.0+ +1\\.50+ +0\\.0+"))
        .anySatisfy(line -> assertThat(line).matches(" +1 +0\\.0+ +2\\.0+ +2\\.0+ +-3\\.0+"));
  }

  @Test
  void showsJsonForPrograms() {
    assertThat(Outcome.of("statistics", "show", a, "--json", "--key", "cam1").succeeded().out())
        .isEqualTo(
            "{\"key\":\"cam1\",\"frozen\":false,\"num_batches_tracked\":2,\"count\":10,"
                + "\"running_mean\":[1.0,0.0],\"running_var\":[4.0,4.0]}\n");
  }

  @Test
  void showsFreezesAndWeightAndBiasWhereThereAreAny() throws Exception {
    Path file = folder.resolve("f.safetensors");
    RunningStatistics weighted =
        statistics(7, -1, 1, 4).withAffine(Affine.of(new float[] {0.1f, 2}, null));
    StatisticsFileWriter.of(Map.of("k", weighted, "l", weighted))
        .withNotes(Map.of("k", KeyNote.ofFreeze(true)))
        .write(file);

    assertThat(Outcome.of("statistics", "show", "" + file, "--json").succeeded().out().lines())
        .first()
        .isEqualTo(
            "{\"key\":\"k\",\"frozen\":true,\"num_batches_tracked\":7,"
                + "\"running_mean\":[1.0,0.0],\"running_var\":[4.0,4.0],\"weight\":[0.1,2.0]}");
    assertThat(Outcome.of("statistics", "show", "" + file, "--key", "k").succeeded().out())
        .startsWith("batches 7, frozen\n");
    assertThat(Outcome.of("statistics", "show", "" + file).succeeded().out().lines())
        .satisfiesExactly(
            header -> assertThat(header).endsWith("  frozen"),
            k -> assertThat(k).matches("k .*[0-9]  yes"),
            l -> assertThat(l).matches("l .*[0-9]"),
            footer -> assertThat(footer).startsWith("2 keys, fingerprint "));
  }

  @Test
  void tellsThatEqualFilesAreEqual() {
    assertThat(Outcome.of("statistics", "diff", a, a).succeeded().out())
        .isEqualTo("0 of 4 channels differ by more than 0.0\n");
  }

  @Test
  void tellsTheWorstChannelFirstAndExitsWith3() {
    // cam1: means 1 and 3, variances 4 and 8: 2 / sqrt(6) = 0.8165; ln 2 = 0.6931.
    Outcome outcome = Outcome.of("statistics", "diff", a, b);

    assertThat(outcome.status()).isEqualTo(3);
    assertThat(outcome.out().lines())
        .satisfiesExactly(
            line -> assertThat(line).isEqualTo("2 of 4 channels differ by more than 0.0"),
            line -> assertThat(line).contains("distance", "mean shift", "var ratio"),
            line -> assertThat(line).matches("cam1 +0 +0\\.81650 +0\\.81650 +2\\.0000"),
            line -> assertThat(line).matches("cam1 +1 +0\\.69315 +0\\.0000 +2\\.0000"));
    assertThat(Outcome.of("statistics", "diff", a, b, "--tolerance", "0.82").status()).isZero();
    assertThat(Outcome.of("statistics", "diff", a, b, "--tolerance", "0.81").status()).isEqualTo(3);
  }

  @Test
  void keysThatOneFileLacksAreADifference() {
    Outcome outcome = Outcome.of("statistics", "diff", a, exponential);

    assertThat(outcome.status()).isEqualTo(3);
    assertThat(outcome.out()).startsWith("key cam2 is in " + a + " alone\n");
  }

  @Test
  void mergesPopulationsAsIfLearnedInOnePlace() throws Exception {
    Path merged = folder.resolve("m.safetensors");

    Outcome.of("statistics", "merge", a, b, "--output", merged.toString()).succeeded();

    RunningStatistics cam1 = StatisticsFile.read(merged).byKey().get("cam1");
    // 10 values of mean 1 and 30 of mean 3: mean 2.5; M2 = 40 + 240 + 4 * 10 * 30 / 40 = 310.
    assertThat(cam1.numBatchesTracked()).isEqualTo(3);
    assertThat(cam1.count()).isEqualTo(40);
    assertThat(cam1.means()).containsExactly(2.5, 0);
    assertThat(cam1.vars()).containsExactly(7.75, 7);
  }

  @Test
  void refusesToMergeWhatHasForgottenAndSaysWhy() {
    Path merged = folder.resolve("m.safetensors");

    Outcome.of("statistics", "merge", a, exponential, "--output", merged.toString())
        .refused(
            "batchnorm statistics merge",
            exponential
                + " was learned by exponential averaging, which has no exact merge: what it forgot"
                + " is gone; learn with --averaging population");
    assertThat(Files.exists(merged)).isFalse();
  }

  @Test
  void doesNotMergeOverAFileThatHoldsSomethingElse() throws Exception {
    Path other = Files.writeString(folder.resolve("notes.txt"), "mine");

    Outcome.of("statistics", "merge", a, b, "--output", other.toString())
        .refused(
            "batchnorm statistics merge",
            "--output: %s is there already and holds more than statistics, so it is not replaced; wanted another name"
                .formatted(other));
    assertThat(other).hasContent("mine");
  }

  @Test
  void namesEveryFaultOfACommandLine() {
    Outcome.of("statistics", "show", "/nowhere/s")
        .refused("batchnorm statistics show", "there is no file /nowhere/s");
    Outcome.of("statistics", "show", a, "--key", "cam9")
        .refused(
            "batchnorm statistics show", "--key: %s has no key \"cam9\" among its 2".formatted(a));
    Outcome.of("statistics", "diff", a, "--tolerance", "-1", "--limit", "-1")
        .refused(
            "batchnorm statistics diff",
            "diff wants two files, there are 1",
            "--tolerance is -1.0, wanted 0 or more",
            "--limit is -1, wanted 0 or more");
    Outcome.of("statistics")
        .refused(
            "batchnorm statistics",
            "a command is missing, wanted one of show, diff, merge, export, import");
  }
}
