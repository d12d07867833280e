package io.batchnorm.benchmarks.pipeline;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.batchnorm.benchmarks.Effort;
import io.batchnorm.benchmarks.Turn;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;

/**
 * {@code Fork RESULT ROUNDS WARMUPS SAMPLES MILLIS SETTINGS...}: the main class of a JVM, with the
 * words of one {@link Settings} or of two that share their {@link Tuning}. The jobs of two take
 * turns.
 */
final class Fork {
  /** Jobs are that many samples long: the first tenth of a second of each is slow. */
  private static final int SAMPLES_PER_JOB = 8;

  /** As the embedded runner has it. */
  private static final MemorySize NETWORK_MEMORY = MemorySize.parse("256mb");

  private final List<Jobs> pipelines;
  private final Turn turn = Turn.ofThisJvm();

  private Fork(List<Jobs> pipelines) {
    this.pipelines = pipelines;
  }

  /**
   * What the parent reads of a pipeline.
   *
   * @param recordsPerSecond of every job
   * @param profile of the last
   */
  record Report(List<Double> recordsPerSecond, Map<String, Double> profile) {}

  private interface Step {
    void of(Jobs pipeline) throws Exception;
  }

  public static void main(String[] args) throws Exception {
    List<Report> reports = measured(settings(args), effort(args));
    new ObjectMapper().writeValue(Path.of(args[0]).toFile(), reports);
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

  private static List<Settings> settings(String[] args) {
    List<Settings> settings = new ArrayList<>();
    for (int at = 5; at < args.length; at += Settings.WORDS) {
      settings.add(Settings.parse(Arrays.copyOfRange(args, at, at + Settings.WORDS)));
    }
    return settings;
  }

  /** In the order of {@code settings}. */
  static List<Report> measured(List<Settings> settings, Effort effort) throws Exception {
    MiniClusterConfiguration configuration =
        new MiniClusterConfiguration.Builder()
            .setConfiguration(configuration(settings.get(0).tuning()))
            .setNumSlotsPerTaskManager(
                settings.stream().mapToInt(Settings::parallelism).max().orElseThrow())
            .withRandomPorts()
            .build();
    // One for all jobs: to start it takes the compiler, too, and memory that was never touched.
    try (MiniCluster cluster = new MiniCluster(configuration)) {
      cluster.start();
      double seconds = SAMPLES_PER_JOB * effort.millis() / 1e3;
      List<Jobs> pipelines = settings.stream().map(s -> new Jobs(cluster, s, seconds)).toList();
      new Fork(pipelines).measure(effort);
      return pipelines.stream().map(Jobs::report).toList();
    }
  }

  private void measure(Effort effort) throws Exception {
    inTurn(Jobs::findLength);
    for (int i = 0; i < effort.warmups(); i++) {
      inTurn(Jobs::warmUp);
    }
    for (int i = 0; i < effort.samples(); i++) {
      inTurn(Jobs::measure);
    }
  }

  private void inTurn(Step step) throws Exception {
    for (Jobs pipeline : pipelines) {
      turn.begin();
      step.of(pipeline);
      turn.end();
    }
  }

  static Configuration configuration(Tuning tuning) {
    Configuration configuration = new Configuration();
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    configuration.set(
        TaskManagerOptions.MEMORY_SEGMENT_SIZE, MemorySize.parse(tuning.segmentKib() + "kb"));
    configuration.set(PipelineOptions.OBJECT_REUSE, tuning.objectReuse());
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, NETWORK_MEMORY);
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, NETWORK_MEMORY);
    return configuration;
  }
}
