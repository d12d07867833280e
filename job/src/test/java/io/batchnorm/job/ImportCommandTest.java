package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Affine;
import io.batchnorm.core.Averaging;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.KeyNote;
import io.batchnorm.exchange.SafetensorsFile;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.exchange.StatisticsFileWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.runtime.testutils.InMemoryReporter;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(180)
class ImportCommandTest {
  private static final InMemoryReporter METRICS = InMemoryReporter.createWithRetainedMetrics();

  @RegisterExtension static final MiniClusterExtension CLUSTER = cluster();

  private static final String COMMAND = "batchnorm statistics import";

  @TempDir Path folder;

  private static MiniClusterExtension cluster() {
    Configuration configuration = new Configuration();
    METRICS.addToConfiguration(configuration);
    return new MiniClusterExtension(
        new MiniClusterResourceConfiguration.Builder()
            .setConfiguration(configuration)
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(4)
            .build());
  }

  private Path file() {
    return folder.resolve("s.safetensors");
  }

  private Path savepoint() {
    return folder.resolve("savepoint");
  }

  private Outcome imported() {
    return Outcome.of(
        "statistics", "import", "--input", "" + file(), "--savepoint", "" + savepoint());
  }

  private static SortedMap<String, RunningStatistics> random(
      int keys, int channels, boolean affine, boolean counts) {
    SplittableRandom random = new SplittableRandom(keys);
    SortedMap<String, RunningStatistics> byKey = new TreeMap<>();
    for (int k = 0; k < keys; k++) {
      double[] mean = random.doubles(channels, -9, 9).map(x -> (float) x).toArray();
      double[] var = random.doubles(channels, 0, 9).map(x -> (float) x).toArray();
      long batches = random.nextInt(1000);
      RunningStatistics statistics =
          RunningStatistics.of(batches, counts ? batches * 32 : -1, mean, var);
      float[] weight = new float[channels];
      weight[0] = random.nextInt();
      byKey.put(
          MadeBatches.key(k),
          affine ? statistics.withAffine(Affine.of(weight, weight)) : statistics);
    }
    return byKey;
  }

  private static void assertSameTensors(Path wanted, Path written) throws Exception {
    try (SafetensorsFile a = SafetensorsFile.open(wanted);
        SafetensorsFile b = SafetensorsFile.open(written)) {
      assertThat(b.tensors().keySet()).isEqualTo(a.tensors().keySet());
      for (String name : a.tensors().keySet()) {
        if (!a.tensor(name).data().equals(b.tensor(name).data())) {
          assertThat(b.tensor(name).data()).as(name).isEqualTo(a.tensor(name).data());
        }
        assertThat(b.tensors().get(name).dtype()).isEqualTo(a.tensors().get(name).dtype());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"100000, 64, false, false", "100000, 8, true, true", "500, 64, true, false"})
  void exportGivesBackEveryTensorByteForByte(int keys, int channels, boolean affine, boolean counts)
      throws Exception {
    StatisticsFile.write(file(), random(keys, channels, affine, counts), true, Map.of());
    Path back = folder.resolve("back.safetensors");

    assertThat(imported().succeeded().out())
        .isEqualTo(
            "imported %,d keys (0 frozen) from %s into %s%n".formatted(keys, file(), savepoint()));
    Outcome.of("statistics", "export", "--savepoint", "" + savepoint(), "--output", "" + back)
        .succeeded();

    assertSameTensors(file(), back);
  }

  @Test
  void aSavepointIsCompressed() throws Exception {
    int keys = 2000;
    int channels = 64;
    RunningStatistics same = RunningStatistics.initial(channels);
    SortedMap<String, RunningStatistics> byKey = new TreeMap<>();
    IntStream.range(0, keys).forEach(k -> byKey.put(MadeBatches.key(k), same));
    StatisticsFile.write(file(), byKey, true, Map.of());

    imported().succeeded();

    try (Stream<Path> files = Files.list(savepoint())) {
      assertThat(files.mapToLong(file -> file.toFile().length()).sum())
          .isPositive()
          .isLessThan(keys * 2L * channels * Double.BYTES / 4);
    }
  }

  @Test
  void theGaugeOfFrozenKeysIsRightAtOnceInEverySubtask() throws Exception {
    int keys = 60;
    Map<String, KeyNote> notes = new TreeMap<>();
    IntStream.range(0, keys)
        .filter(k -> k % 3 == 0)
        .forEach(k -> notes.put(MadeBatches.key(k), KeyNote.ofFreeze(true)));
    StatisticsFileWriter.of(random(keys, 2, false, false)).withNotes(notes).write(file());
    imported().succeeded();
    Long[] expected = {0L, 0L, 0L};
    for (String key : notes.keySet()) {
      expected[KeyGroupRangeAssignment.assignKeyToParallelOperator(key, 128, 3)]++;
    }

    LearningJob job = LearningJob.of(Averaging.DEFAULT, 1, 2).on("hashmap", 3);
    LearningJob.Results results = job.run(0, 0, savepoint());

    assertThat(results.outputs()).isEmpty();
    assertThat(gauges()).containsExactlyInAnyOrder(expected);
    assertThat(results.statistics().keySet())
        .as("told at end of input, though no record visited them")
        .hasSize(keys);
    assertThat(results.frozen()).containsExactlyElementsOf(notes.keySet());
  }

  private static List<Long> gauges() {
    return METRICS.getMetricsByGroup().values().stream()
        .filter(metrics -> metrics.get("frozen_keys") instanceof Gauge)
        .map(metrics -> (Long) ((Gauge<?>) metrics.get("frozen_keys")).getValue())
        .toList();
  }

  @Test
  void namesEveryFaultOfACommandLine() throws Exception {
    Outcome.of("statistics", "import")
        .refused(
            COMMAND,
            "--input is missing, wanted the safetensors file to read",
            "--savepoint is missing, wanted the folder of the savepoint to write");
    StatisticsFile.write(file(), Map.of("*", RunningStatistics.initial(2)), false, Map.of());
    Files.createDirectories(savepoint());
    Files.writeString(savepoint().resolve("precious"), "mine");
    imported()
        .refused(
            COMMAND,
            "%s has statistics of a key \"*\", which stands for all keys in commands; rename it"
                .formatted(file()),
            "--savepoint: %s is there already, wanted a new or an empty folder"
                .formatted(savepoint()));
    assertThat(savepoint().resolve("precious")).hasContent("mine");
    Outcome.of("statistics", "import", "--input", "/gone", "--savepoint", file() + "/below")
        .refused(
            COMMAND,
            "there is no file /gone",
            "--savepoint: %s is a file, wanted a folder".formatted(file()));
  }

  @Test
  void writesIntoAnEmptyFolderWhoseNameHasBlanksAndLetters() throws Exception {
    StatisticsFile.write(file(), random(3, 2, true, false), false, Map.of());
    Path odd = Files.createDirectories(folder.resolve("my säve 100%/p#?"));

    Outcome.of("statistics", "import", "--input", "" + file(), "--savepoint", "" + odd).succeeded();

    assertThat(Outcome.of("statistics", "diff", "" + odd, "" + file()).succeeded().out())
        .startsWith("0 of 6");
  }
}
