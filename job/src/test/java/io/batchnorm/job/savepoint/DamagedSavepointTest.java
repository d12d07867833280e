package io.batchnorm.job.savepoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Whatever happened to its bytes, a savepoint is read or refused, and nothing hangs. */
@Timeout(120)
class DamagedSavepointTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = new MiniClusterExtension();

  @TempDir Path folder;

  private Path savepoint;

  private static StreamExecutionEnvironment environment() {
    Configuration configuration = new Configuration();
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    return StreamExecutionEnvironment.getExecutionEnvironment(configuration);
  }

  @BeforeEach
  void prepare() throws Exception {
    Path file = folder.resolve("s.safetensors");
    savepoint = folder.resolve("savepoint");
    Map<String, RunningStatistics> byKey = new HashMap<>();
    for (int k = 0; k < 300; k++) {
      byKey.put("k" + k, RunningStatistics.of(k, k, new double[9], new double[9]));
    }
    StatisticsFile.write(file, byKey, true, Map.of("averaging", "population"));
    new SavepointImport(file, SavepointFolder.of(savepoint.toString()), 128)
        .run(environment(), StatisticsFile.read(file));
  }

  private Savepoint open() throws SavepointException {
    return Savepoint.open(SavepointFolder.of(savepoint.toString()));
  }

  private Path stateFile() throws IOException {
    try (Stream<Path> files = Files.list(savepoint)) {
      return files
          .filter(file -> !file.endsWith("_metadata"))
          .max(Comparator.comparing(file -> file.toFile().length()))
          .orElseThrow();
    }
  }

  private static byte[] damaged(byte[] bytes, SplittableRandom random) {
    byte[] damaged =
        random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes.clone();
    for (int i = random.nextInt(4); i >= 0 && damaged.length > 0; i--) {
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
    }
    return damaged;
  }

  @Test
  void opensOrRefusesAnyMetadata() throws Exception {
    Path metadata = savepoint.resolve("_metadata");
    byte[] bytes = Files.readAllBytes(metadata);
    SplittableRandom random = new SplittableRandom(1);
    int refused = 0;
    for (int i = 0; i < 3000; i++) {
      Files.write(metadata, damaged(bytes, random));
      try {
        open();
      } catch (SavepointException e) {
        assertThat(e.getMessage()).hasSizeGreaterThan(20).doesNotContain("\n");
        refused++;
      }
    }
    assertThat(refused).isBetween(1000, 2999);
  }

  @Test
  void refusesMetadataThatAnnouncesMoreThanThereIs() throws Exception {
    Path metadata = savepoint.resolve("_metadata");
    byte[] bytes = Files.readAllBytes(metadata);
    for (int at = 8; at + 4 < Math.min(bytes.length, 400); at++) {
      byte[] damaged = bytes.clone();
      damaged[at] = 0x7f;
      damaged[at + 1] = (byte) 0xff;
      damaged[at + 2] = (byte) 0xff;
      damaged[at + 3] = (byte) 0xfa;
      Files.write(metadata, damaged);
      try {
        open();
      } catch (SavepointException e) {
        assertThat(e.getMessage()).doesNotContain("\n");
      }
    }
  }

  @Test
  void readsOrFailsOnAnyStateFile() throws Exception {
    Path state = stateFile();
    byte[] bytes = Files.readAllBytes(state);
    SplittableRandom random = new SplittableRandom(2);
    int failed = 0;
    for (int i = 0; i < 40; i++) {
      Files.write(state, damaged(bytes, random));
      try {
        open().read(environment());
      } catch (Exception e) {
        failed++;
      }
    }
    assertThat(failed).isBetween(5, 39);
  }

  @Test
  void readsOrFailsOnMetadataThatCouldBeOpened() throws Exception {
    Path metadata = savepoint.resolve("_metadata");
    byte[] bytes = Files.readAllBytes(metadata);
    SplittableRandom random = new SplittableRandom(3);
    int read = 0;
    for (int i = 0; read < 20; i++) {
      Files.write(metadata, damaged(bytes, random));
      try {
        Savepoint opened = open();
        read++;
        opened.read(environment());
      } catch (Exception e) {
        assertThat(e).isNotNull();
      }
    }
  }

  @Test
  void namesWhatIsNoSavepoint() throws Exception {
    Path empty = Files.createDirectories(folder.resolve("empty"));

    assertThatThrownBy(() -> Savepoint.open(SavepointFolder.of(empty.toString())))
        .isInstanceOf(SavepointException.class)
        .hasMessage("there is no savepoint %s: it is no folder with a file _metadata", empty);
  }
}
