package io.batchnorm.benchmarks.pipeline;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.batchnorm.benchmarks.Effort;
import io.batchnorm.benchmarks.Turn;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** {@code Fork RESULT ROUNDS WARMUPS SAMPLES MILLIS SETTINGS...}: the main class of a JVM. */
final class Fork {
  /** Jobs are that many samples long: the first tenth of a second of each is slow. */
  private static final int SAMPLES_PER_JOB = 8;

  private static final long FIRST_RECORDS = 500;
  private static final int COLD_JOBS = 3;

  /**
   * That many lengths of a job a JVM is cold: what the compiler has not done with yet is thirty
   * times as slow, and steadily so.
   */
  private static final int COLD_LENGTHS = 6;

  /** In a row, that need not be sized anew. Of a noisy machine this is not asked for ever. */
  private static final int STEADY_JOBS = 2;

  private static final int MOST_JOBS = 20;

  /** As the embedded runner has it. */
  private static final MemorySize NETWORK_MEMORY = MemorySize.parse("256mb");

  /** One for all jobs: to start it takes the compiler, too, and memory that was never touched. */
  private final MiniCluster cluster;

  private final Settings settings;
  private final double wantedSeconds;
  private final Turn turn = Turn.ofThisJvm();
  private long records;

  private Fork(MiniCluster cluster, Settings settings, Effort effort) {
    this.cluster = cluster;
    this.settings = settings;
    this.wantedSeconds = SAMPLES_PER_JOB * effort.millis() / 1e3;
    this.records = settings.whole(FIRST_RECORDS);
  }

  /**
   * What the parent reads.
   *
   * @param recordsPerSecond of every job
   * @param profile of the last
   */
  record Report(List<Double> recordsPerSecond, Map<String, Double> profile) {}

  public static void main(String[] args) throws Exception {
    Effort effort = effort(args);
    Settings settings =
        Settings.parse(List.of(args).subList(5, args.length).toArray(String[]::new));
    Report report = measured(settings, effort);
    new ObjectMapper().writeValue(Path.of(args[0]).toFile(), report);
    // Flink's threads would keep the JVM alive for some seconds.
    System.exit(0);
  }

  private static Effort effort(String[] args) {
    return new Effort(
        Integer.parseInt(args[1]),
        Integer.parseInt(args[2]),
        Integer.parseInt(args[3]),
        Integer.parseInt(args[4]));
  }

  static Report measured(Settings settings, Effort effort) throws Exception {
    Job.prepare(settings);
    MiniClusterConfiguration configuration =
        new MiniClusterConfiguration.Builder()
            .setConfiguration(configuration(settings))
            .setNumSlotsPerTaskManager(settings.parallelism())
            .withRandomPorts()
            .build();
    try (MiniCluster cluster = new MiniCluster(configuration)) {
      cluster.start();
      return new Fork(cluster, settings, effort).measured(effort);
    }
  }

  private Report measured(Effort effort) throws Exception {
    turn.begin();
    sizeJobs();
    turn.end();
    for (int i = 0; i < effort.warmups(); i++) {
      turn.begin();
      size(run());
      turn.end();
    }
    List<Double> speeds = new ArrayList<>();
    Map<String, Double> profile = Map.of();
    for (int i = 0; i < effort.samples(); i++) {
      turn.begin();
      try (TaskThreads threads = TaskThreads.watched()) {
        double speed = run();
        speeds.add(speed);
        profile = profile(threads);
        profile.put("length of the job, s", records / speed);
      }
      turn.end();
    }
    return new Report(speeds, profile);
  }

  /**
   * The first jobs of a JVM are slow, so that even a long one may be much too small. A job never
   * has fewer records than keys, so what is asked is whether it would be sized the same again, not
   * whether it is as long as wanted.
   */
  private void sizeJobs() throws Exception {
    double spent = 0;
    int steady = 0;
    for (int i = 0; i < COLD_JOBS || (isCold(spent, steady) && i < MOST_JOBS); i++) {
      long before = records;
      double speed = run();
      spent += before / speed;
      size(speed);
      steady = records - before <= before / 4 ? steady + 1 : 0;
    }
  }

  private boolean isCold(double spent, int steady) {
    return steady < STEADY_JOBS || spent < COLD_LENGTHS * wantedSeconds;
  }

  /** Never fewer than before: what made one job slow is not there in the next. */
  private void size(double recordsPerSecond) {
    records = Math.max(records, settings.whole((long) (recordsPerSecond * wantedSeconds)));
  }

  /** Records per second. */
  private double run() throws Exception {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration(settings));
    env.setParallelism(settings.parallelism());
    Job.build(env, settings, records);
    JobGraph job = env.getStreamGraph().getJobGraph();
    Stopwatch.reset();
    Drain.reset();
    cluster.executeJobBlocking(job);
    if (Drain.records() != records * settings.outputsPerRecord()) {
      throw new IllegalStateException(
          "%d records went in, %d came out, wanted %d for each"
              .formatted(records, Drain.records(), settings.outputsPerRecord()));
    }
    return records / Stopwatch.seconds();
  }

  static Configuration configuration(Settings settings) {
    Configuration configuration = new Configuration();
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    configuration.set(
        TaskManagerOptions.MEMORY_SEGMENT_SIZE,
        MemorySize.parse(settings.tuning().segmentKib() + "kb"));
    configuration.set(PipelineOptions.OBJECT_REUSE, settings.tuning().objectReuse());
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, NETWORK_MEMORY);
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, NETWORK_MEMORY);
    return configuration;
  }

  private Map<String, Double> profile(TaskThreads threads) {
    Map<String, Double> profile = new TreeMap<>();
    profile.put("allocated bytes for each record", (double) threads.allocatedBytes() / records);
    threads
        .cpuNanos()
        .forEach(
            (name, nanos) ->
                profile.put("CPU us for each record in " + name, nanos / 1e3 / records));
    return profile;
  }
}
