package io.batchnorm.benchmarks.keys;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.batchnorm.benchmarks.Turn;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.operator.BatchNormalization;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.ExternalizedCheckpointRetention;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.CheckpointType;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStats;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.FileUtils;

/** {@code KeysFork RESULT BACKEND COMPRESSED KEYS}: the main class of a JVM. */
final class KeysFork {
  private static final int PARALLELISM = 2;
  private static final int BATCH = 2;
  private static final int CHANNELS = 16;
  private static final int INPUTS = 64;
  private static final long POLL_MILLIS = 2;
  private static final String RESTORE = "restore, s";

  private final int keys;
  private final Configuration configuration;
  private final Map<String, Double> profile = new TreeMap<>();

  private KeysFork(String backend, boolean compressed, int keys, Path checkpoints) {
    this.keys = keys;
    configuration = new Configuration();
    configuration.set(StateBackendOptions.STATE_BACKEND, backend);
    configuration.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, backend.equals("rocksdb"));
    configuration.set(ExecutionOptions.SNAPSHOT_COMPRESSION, compressed);
    configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, checkpoints.toUri().toString());
    configuration.set(
        CheckpointingOptions.EXTERNALIZED_CHECKPOINT_RETENTION,
        ExternalizedCheckpointRetention.RETAIN_ON_CANCELLATION);
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.parse("512m"));
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    configuration.set(RestOptions.BIND_PORT, "0");
  }

  /**
   * What the parent reads.
   *
   * @param recordsPerSecond when every key has state
   */
  record Report(double recordsPerSecond, Map<String, Double> profile) {
    double secondsToRestore() {
      return profile.get(RESTORE);
    }
  }

  public static void main(String[] args) throws Exception {
    try (Turn turn = Turn.ofThisJvm()) {
      turn.begin();
      Path folder = Files.createTempDirectory("keys");
      try {
        Report report =
            measured(args[1], Boolean.parseBoolean(args[2]), Integer.parseInt(args[3]), folder);
        new ObjectMapper().writeValue(Path.of(args[0]).toFile(), report);
      } finally {
        FileUtils.deleteDirectory(folder.toFile());
      }
    }
    System.exit(0);
  }

  /**
   * @param compressed whether snapshots are, unless a backend has a format of its own
   * @param checkpoints a folder for them
   */
  static Report measured(String backend, boolean compressed, int keys, Path checkpoints)
      throws Exception {
    KeysFork fork = new KeysFork(backend, compressed, keys, checkpoints);
    MiniClusterConfiguration cluster =
        new MiniClusterConfiguration.Builder()
            .setConfiguration(fork.configuration)
            .setNumSlotsPerTaskManager(PARALLELISM)
            .build();
    try (MiniCluster running = new MiniCluster(cluster)) {
      running.start();
      return fork.measured(running);
    }
  }

  private Report measured(MiniCluster cluster) throws Exception {
    Drained.reset();
    JobID job = started(cluster, SavepointRestoreSettings.none(), "start without state, s");
    // Each of the readers counts up from a place of its own, so that this is every key twice.
    await(cluster, job, 2L * PARALLELISM * keys);
    double speed = speed(cluster, job);
    String last = checkpoint(cluster, job, CheckpointType.FULL, "full");
    await(cluster, job, Drained.count() + keys / 10);
    if (configuration.get(CheckpointingOptions.INCREMENTAL_CHECKPOINTS)) {
      checkpoint(cluster, job, CheckpointType.INCREMENTAL, "incremental");
      await(cluster, job, Drained.count() + keys / 10);
      last = checkpoint(cluster, job, CheckpointType.INCREMENTAL, "next incremental");
    }
    end(cluster, job);
    Drained.reset();
    end(cluster, started(cluster, SavepointRestoreSettings.forPath(last), RESTORE));
    return new Report(speed, profile);
  }

  private double speed(MiniCluster cluster, JobID job) throws Exception {
    long before = Drained.count();
    long start = System.nanoTime();
    await(cluster, job, before + keys);
    return (Drained.count() - before) / seconds(start);
  }

  /** Until the first record has come out, which is when the state is there. */
  private JobID started(MiniCluster cluster, SavepointRestoreSettings from, String what)
      throws Exception {
    JobGraph graph = graph().getJobGraph();
    graph.setSavepointRestoreSettings(from);
    long start = System.nanoTime();
    JobID job = cluster.submitJob(graph).get().getJobID();
    await(cluster, job, 1);
    profile.put(what, seconds(start));
    return job;
  }

  private String checkpoint(MiniCluster cluster, JobID job, CheckpointType type, String name)
      throws Exception {
    long id = cluster.triggerCheckpoint(job, type).get();
    CompletedCheckpointStats stats =
        (CompletedCheckpointStats)
            cluster
                .getExecutionGraph(job)
                .get()
                .getCheckpointStatsSnapshot()
                .getHistory()
                .getCheckpointById(id);
    profile.put(name + " checkpoint, s", stats.getEndToEndDuration() / 1e3);
    profile.put(
        name + " checkpoint, bytes for each key", (double) stats.getCheckpointedSize() / keys);
    return stats.getExternalPath();
  }

  /** Waits until as many records have come out. */
  private static void await(MiniCluster cluster, JobID job, long records) throws Exception {
    while (Drained.count() < records) {
      if (cluster.getJobStatus(job).get().isTerminalState()) {
        cluster.requestJobResult(job).get().toJobExecutionResult(KeysFork.class.getClassLoader());
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  private static void end(MiniCluster cluster, JobID job) throws Exception {
    cluster.cancelJob(job).get();
    cluster.requestJobResult(job).get();
  }

  private StreamGraph graph() {
    StreamExecutionEnvironment env = new StreamExecutionEnvironment(configuration);
    env.setParallelism(PARALLELISM);
    int all = keys;
    BatchNormalization.ofBatches(
            env.fromSource(
                    new NumberSequenceSource(0, Long.MAX_VALUE - 1),
                    WatermarkStrategy.noWatermarks(),
                    "numbers")
                .map(i -> FeatureBatch.of("key-" + i % all, "id", Inputs.MAPS[(int) (i % INPUTS)]))
                .returns(BatchNormTypes.FEATURE_BATCH))
        .apply()
        .normalized()
        .sinkTo(new Drained<>());
    return env.getStreamGraph();
  }

  private static double seconds(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  /** Of the JVM, so that no function carries them. */
  private static final class Inputs {
    static final FeatureMap[] MAPS = maps();

    private static FeatureMap[] maps() {
      FeatureMap[] maps = new FeatureMap[INPUTS];
      for (int i = 0; i < INPUTS; i++) {
        float[] values = new float[BATCH * CHANNELS];
        for (int k = 0; k < values.length; k++) {
          values[k] = (float) Math.sin(i + 1.7 * k);
        }
        maps[i] = FeatureMap.of(values, BATCH, CHANNELS);
      }
      return maps;
    }
  }
}
