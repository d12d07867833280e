package io.batchnorm.benchmarks.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/**
 * Jobs of one pipeline, on a cluster that it may share with another: found long enough, then
 * measured.
 */
final class Jobs {
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

  private final MiniCluster cluster;
  private final Settings settings;
  private final Input input;
  private final double wantedSeconds;
  private final List<Double> recordsPerSecond = new ArrayList<>();
  private Map<String, Double> profile = Map.of();
  private long records;

  Jobs(MiniCluster cluster, Settings settings, double wantedSeconds) {
    this.cluster = cluster;
    this.settings = settings;
    this.input = new Input(settings);
    this.wantedSeconds = wantedSeconds;
    this.records = settings.whole(FIRST_RECORDS);
  }

  /**
   * The first jobs of a JVM are slow, so that even a long one may be much too small. A job never
   * has fewer records than keys, so what is asked is whether it would be sized the same again, not
   * whether it is as long as wanted.
   */
  void findLength() throws Exception {
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

  /** One that does not count. */
  void warmUp() throws Exception {
    size(run());
  }

  /** Never fewer than before: what made one job slow is not there in the next. */
  private void size(double recordsPerSecond) {
    records = Math.max(records, settings.whole((long) (recordsPerSecond * wantedSeconds)));
  }

  /** One that counts. */
  void measure() throws Exception {
    try (TaskThreads threads = TaskThreads.watched()) {
      double speed = run();
      recordsPerSecond.add(speed);
      profile = profile(threads);
      profile.put("length of the job, s", records / speed);
    }
  }

  Fork.Report report() {
    return new Fork.Report(recordsPerSecond, profile);
  }

  /** Records per second. */
  private double run() throws Exception {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(Fork.configuration(settings.tuning()));
    env.setParallelism(settings.parallelism());
    Job.build(env, settings, input, records);
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
