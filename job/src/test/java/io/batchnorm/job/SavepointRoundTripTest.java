package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Averaging;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.types.Directive;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Savepoint, export, import, restore: the same bits as never having stopped. */
@Timeout(180)
class SavepointRoundTripTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = cluster();

  private static final int HALF = 4;
  private static final int END = 8;

  @TempDir Path folder;

  static MiniClusterExtension cluster() {
    return new MiniClusterExtension(
        new MiniClusterResourceConfiguration.Builder()
            .setNumberTaskManagers(1)
            .setNumberSlotsPerTaskManager(4)
            .build());
  }

  private static Averaging averaging(String kind) {
    Averaging.Kind parsed = Averaging.Kind.valueOf(kind.toUpperCase(Locale.ROOT));
    return new Averaging(parsed, parsed == Averaging.Kind.EXPONENTIAL ? 0.1 : 0);
  }

  /** Exports and imports; the path of the new savepoint. */
  private Path throughAFile(Path savepoint, int keys) {
    Path file = folder.resolve("statistics.safetensors");
    Path imported = folder.resolve("imported");
    String exported =
        Outcome.of(
                "statistics", "export", "--savepoint", savepoint.toString(), "--output", "" + file)
            .succeeded()
            .out();
    assertThat(exported).startsWith("exported %s (".formatted(Counted.keys(keys)));
    Outcome.of("statistics", "import", "--input", "" + file, "--savepoint", "" + imported)
        .succeeded();
    return imported;
  }

  private static void assertSame(
      LearningJob.Results unbroken, LearningJob.Results continued, int from, boolean counts) {
    unbroken
        .outputs()
        .keySet()
        .removeIf(id -> Integer.parseInt(id.substring(id.indexOf('/') + 1)) < from);
    assertThat(continued.outputs()).isNotEmpty().isEqualTo(unbroken.outputs());
    assertThat(continued.fingerprint(counts)).isEqualTo(unbroken.fingerprint(counts));
    assertThat(continued.frozen()).isEqualTo(unbroken.frozen());
  }

  @ParameterizedTest
  @CsvSource({
    "exponential, 1, hashmap, rocksdb",
    "cumulative, 1, hashmap, hashmap",
    "population, 1, rocksdb, rocksdb",
    "exponential, 100, rocksdb, hashmap",
    "cumulative, 100, rocksdb, rocksdb",
    "population, 100, hashmap, rocksdb"
  })
  void goesOnAsIfItHadNeverStopped(String kind, int keys, String before, String after)
      throws Exception {
    LearningJob job =
        LearningJob.of(averaging(kind), keys, 64)
            .with(
                Directive.freeze(MadeBatches.key(0)).afterBatches(2),
                Directive.unfreeze(MadeBatches.key(0)).afterBatches(HALF + 2),
                Directive.freeze(MadeBatches.key(1)).afterBatches(3),
                Directive.freeze(MadeBatches.key(7)).afterBatches(HALF),
                Directive.freeze(MadeBatches.key(8)).afterBatches(HALF + 2));
    Path savepoint = job.on(before, 1).stopped(HALF, folder, SavepointFormatType.CANONICAL);

    Path imported = throughAFile(savepoint, keys);
    LearningJob.Results continued = job.on(after, 2).run(HALF, END, imported);

    assertSame(job.run(0, END, null), continued, HALF, kind.equals("population"));
    assertThat(continued.frozen()).hasSize(keys == 1 ? 0 : 3);
  }

  @Test
  void goesOnWithAHundredThousandKeysOfSixtyFourChannels() throws Exception {
    int keys = 100_000;
    LearningJob job = LearningJob.of(Averaging.DEFAULT, keys, 64);
    Path savepoint = job.stopped(1, folder, SavepointFormatType.CANONICAL);

    Path imported = throughAFile(savepoint, keys);
    LearningJob.Results continued = job.on("hashmap", 2).run(1, 2, imported);

    assertThat(continued.outputs()).hasSize(keys);
    assertSame(job.run(0, 2, null), continued, 1, false);
  }

  @ParameterizedTest
  @CsvSource({"hashmap, true", "rocksdb, true", "hashmap, false", "rocksdb, false"})
  void goesOnWithIdleKeysForgottenFromNowOnOrNoMore(String backend, boolean forgotBefore)
      throws Exception {
    LearningJob keeping = LearningJob.of(Averaging.population(), 10, 64).on(backend, 2);
    LearningJob forgetting = keeping.forgetting(Duration.ofDays(7));
    Path savepoint =
        (forgotBefore ? forgetting : keeping).stopped(HALF, folder, SavepointFormatType.CANONICAL);

    LearningJob.Results continued = (forgotBefore ? keeping : forgetting).run(HALF, END, savepoint);

    assertSame(keeping.run(0, END, null), continued, HALF, true);
    assertThat(continued.statistics().values())
        .allMatch(told -> told.reset() == forgotBefore, "says reset where it is told first");
    throughAFile(savepoint, 10);
  }

  @ParameterizedTest
  @CsvSource({"hashmap, NATIVE", "rocksdb, NATIVE", "rocksdb, CANONICAL"})
  void readsEveryFormatOfEveryBackend(String backend, SavepointFormatType format) throws Exception {
    LearningJob job = LearningJob.of(Averaging.DEFAULT, 20, 3);
    Path savepoint = job.on(backend, 2).stopped(HALF, folder, format);

    throughAFile(savepoint, 20);

    LearningJob.Results told = job.run(0, HALF, null);
    assertThat(StatisticsFile.read(folder.resolve("statistics.safetensors")).byKey())
        .hasSize(20)
        .allSatisfy(
            (key, statistics) ->
                assertThat(statistics)
                    .isEqualTo(LearningJob.countless(told.statistics().get(key).statistics())));
  }
}
