package io.batchnorm.benchmarks.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class KeysForkTest {
  /** Mean and variance of each of 16 channels. */
  private static final double BYTES_OF_STATISTICS = 2 * 16 * 8;

  private static final int MANY = 10_000;

  @TempDir private Path checkpoints;

  @Test
  void aHeapBackendWritesAllStateInFullAndRestoresIt() throws Exception {
    KeysFork.Report report = KeysFork.measured("hashmap", false, 500, checkpoints);

    assertThat(report.recordsPerSecond()).isPositive();
    assertThat(bytes(report)).isGreaterThan(BYTES_OF_STATISTICS);
    assertThat(report.profile())
        .containsKeys("full checkpoint, s", "start without state, s", "restore, s")
        .doesNotContainKey("incremental checkpoint, s");
  }

  /** Each of 128 groups of keys is compressed by itself, so there must be many. */
  @Test
  void aHeapBackendThatCompressesWritesLess() throws Exception {
    KeysFork.Report plain = KeysFork.measured("hashmap", false, MANY, checkpoints.resolve("1"));
    KeysFork.Report compressed = KeysFork.measured("hashmap", true, MANY, checkpoints.resolve("2"));

    assertThat(bytes(compressed)).isPositive().isLessThan(bytes(plain));
    assertThat(compressed.secondsToRestore()).isPositive();
  }

  private static double bytes(KeysFork.Report report) {
    return report.profile().get("full checkpoint, bytes for each key");
  }

  @Test
  void rocksDbWritesIncrementsToo() throws Exception {
    KeysFork.Report report = KeysFork.measured("rocksdb", true, 500, checkpoints);

    assertThat(report.recordsPerSecond()).isPositive();
    assertThat(report.profile())
        .containsKeys("full checkpoint, s", "incremental checkpoint, s", "restore, s");
  }
}
