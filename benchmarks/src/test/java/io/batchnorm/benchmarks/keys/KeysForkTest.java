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

  @TempDir private Path checkpoints;

  @Test
  void aHeapBackendWritesAllStateInFullAndRestoresIt() throws Exception {
    KeysFork.Report report = KeysFork.measured("hashmap", 500, checkpoints);

    assertThat(report.recordsPerSecond()).isPositive();
    assertThat(report.profile().get("full checkpoint, bytes for each key"))
        .isGreaterThan(BYTES_OF_STATISTICS);
    assertThat(report.profile())
        .containsKeys("full checkpoint, s", "start without state, s", "restore, s")
        .doesNotContainKey("incremental checkpoint, s");
  }

  @Test
  void rocksDbWritesIncrementsToo() throws Exception {
    KeysFork.Report report = KeysFork.measured("rocksdb", 500, checkpoints);

    assertThat(report.recordsPerSecond()).isPositive();
    assertThat(report.profile())
        .containsKeys("full checkpoint, s", "incremental checkpoint, s", "restore, s");
  }
}
