package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.TaskManagerOptions;
import org.junit.jupiter.api.Test;

class EmbeddedClusterTest {
  @Test
  void fewSubtasksHaveLongMemorySegmentsAndManyHaveFlinks() {
    assertThat(segment(1)).isEqualTo(MemorySize.parse("1mb"));
    assertThat(segment(4)).isEqualTo(MemorySize.parse("1mb"));
    assertThat(segment(5)).isEqualTo(MemorySize.parse("256kb"));
    assertThat(segment(8)).isEqualTo(MemorySize.parse("256kb"));
    assertThat(segment(9)).isEqualTo(TaskManagerOptions.MEMORY_SEGMENT_SIZE.defaultValue());
  }

  @Test
  void snapshotsAreCompressed() {
    assertThat(settings(2).get(ExecutionOptions.SNAPSHOT_COMPRESSION)).isTrue();
  }

  private static MemorySize segment(int parallelism) {
    return settings(parallelism).get(TaskManagerOptions.MEMORY_SEGMENT_SIZE);
  }

  private static ReadableConfig settings(int parallelism) {
    return EmbeddedCluster.environment(new EngineOptions(parallelism, null, null, null, null))
        .getConfiguration();
  }
}
