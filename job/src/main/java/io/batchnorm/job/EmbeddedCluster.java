package io.batchnorm.job;

import java.time.Duration;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.HeartbeatManagerOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * A cluster within this process, whose files are those of this machine. Everything of it is on
 * loopback.
 */
final class EmbeddedCluster {
  private static final String LOCAL = "local";
  private static final int VERY_FEW_SUBTASKS = 4;
  private static final int FEW_SUBTASKS = 8;

  private EmbeddedCluster() {}

  /**
   * Jobs of this environment run here, wherever others would. {@code flink run} forbids Flink's own
   * local environment, and shows the job's classes to nobody but a cluster, so it is told where
   * they are.
   */
  static StreamExecutionEnvironment environment(EngineOptions engine) {
    Configuration configuration = engine.configuration();
    configuration.addAll(cluster());
    StreamExecutionEnvironment ofCaller = StreamExecutionEnvironment.getExecutionEnvironment();
    ofCaller
        .getConfiguration()
        .getOptional(PipelineOptions.JARS)
        .ifPresent(jars -> configuration.set(PipelineOptions.JARS, jars));
    if (engine.parallelism() != null) {
      configuration.set(CoreOptions.DEFAULT_PARALLELISM, engine.parallelism());
    }
    configuration.addAll(segments(configuration.get(CoreOptions.DEFAULT_PARALLELISM)));
    return new StreamExecutionEnvironment(
        configuration, Thread.currentThread().getContextClassLoader());
  }

  /** Whether jobs of an environment run within this process. */
  static boolean runs(StreamExecutionEnvironment env) {
    ReadableConfig configuration = env.getConfiguration();
    return LOCAL.equals(configuration.get(DeploymentOptions.TARGET));
  }

  /**
   * Memory segments that hold several batches of 100 KB: one that spans two of them is copied once
   * more. Every subtask needs segments for every other, so many subtasks have Flink's short ones.
   */
  private static Configuration segments(int parallelism) {
    if (parallelism <= VERY_FEW_SUBTASKS) {
      return segments("1mb", "256mb");
    }
    return parallelism <= FEW_SUBTASKS ? segments("256kb", "128mb") : new Configuration();
  }

  private static Configuration segments(String size, String all) {
    Configuration configuration = new Configuration();
    configuration.set(TaskManagerOptions.MEMORY_SEGMENT_SIZE, MemorySize.parse(size));
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, MemorySize.parse(all));
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, MemorySize.parse(all));
    return configuration;
  }

  /** Heartbeats come often, because they bring the counts of the progress. */
  private static Configuration cluster() {
    Configuration configuration = new Configuration();
    configuration.set(DeploymentOptions.TARGET, LOCAL);
    configuration.set(DeploymentOptions.ATTACHED, true);
    int cores = StreamExecutionEnvironment.getDefaultLocalParallelism();
    configuration.set(
        CoreOptions.DEFAULT_PARALLELISM, Math.min(cores, EngineOptions.MAX_PARALLELISM));
    configuration.set(RestOptions.ADDRESS, "127.0.0.1");
    configuration.set(RestOptions.BIND_ADDRESS, "127.0.0.1");
    configuration.set(JobManagerOptions.BIND_HOST, "127.0.0.1");
    configuration.set(TaskManagerOptions.BIND_HOST, "127.0.0.1");
    configuration.set(TaskManagerOptions.HOST, "127.0.0.1");
    configuration.set(HeartbeatManagerOptions.HEARTBEAT_INTERVAL, Duration.ofMillis(500));
    return configuration;
  }
}
