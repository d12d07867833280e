package io.batchnorm.job;

import io.batchnorm.core.Fingerprint;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.exchange.StatisticsFileWriter;
import io.batchnorm.job.kafka.CommittedOffsets;
import io.batchnorm.job.kafka.KafkaFaultException;
import io.batchnorm.job.output.Leftovers;
import io.batchnorm.job.output.Outputs;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobExecutionResult;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a job where it was started: on the cluster of {@code flink run}, or on an embedded one. */
final class JobRunner {
  private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);
  private static final String NAME = "batchnorm";

  private JobRunner() {}

  /**
   * Runs to the end and prints the summary.
   *
   * @throws UsageException if the cluster would run it at an impossible parallelism, or brokers do
   *     not make the topics that are missing
   * @throws JobFailedException if it fails
   */
  static void run(RunOptions options, Console console) throws UsageException, JobFailedException {
    StreamExecutionEnvironment env = environment(options.engine());
    checkParallelism(env.getParallelism());
    if (options.kafka() != null) {
      options.kafka().createMissing();
    }
    run(options, env, console);
  }

  /** {@code --parallelism} was checked already, but not what comes from Flink's side. */
  private static void checkParallelism(int parallelism) throws UsageException {
    if (parallelism > EngineOptions.MAX_PARALLELISM) {
      throw new UsageException(
          List.of(
              "the parallelism is %d, by flink's -p or parallelism.default, wanted 1 to %d"
                  .formatted(parallelism, EngineOptions.MAX_PARALLELISM)));
    }
  }

  /** The same on a cluster within this process, whose files are those of this machine. */
  static void runEmbedded(RunOptions options, Console console) throws JobFailedException {
    run(options, EmbeddedCluster.environment(options.engine()), console);
  }

  private static void run(RunOptions options, StreamExecutionEnvironment env, Console console)
      throws JobFailedException {
    try {
      if (options.kafka() != null) {
        options.kafka().notes().forEach(note -> console.err().println("batchnorm run: " + note));
      }
      if (EmbeddedCluster.runs(env)) {
        removeLeftovers(options);
      }
      new RunJob(options).build(env);
      Optional<String> start = start(options.statistics().loaded());
      start.ifPresent(sentence -> LOG.info("{}", sentence));
      if (execute(env, "normalized", console)) {
        start.ifPresent(console.out()::println);
        writeBack(options);
        commitOffsets(options);
      }
    } catch (JobFailedException e) {
      throw e;
    } catch (Exception e) {
      throw failed(e);
    }
  }

  /** By which statistics a run starts, if there are any. */
  private static Optional<String> start(Map<String, RunningStatistics> byKey) {
    return byKey.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "started from the statistics of %s, fingerprint %s"
                .formatted(Counted.keys(byKey.size()), Fingerprint.shortOf(byKey)));
  }

  /** Serving changes no statistics, so they are written back here, as they were read. */
  private static void writeBack(RunOptions options) throws IOException {
    StatisticsOptions statistics = options.statistics();
    if (options.served() && statistics.out() != null) {
      StatisticsFile in = statistics.in();
      StatisticsFileWriter writer = StatisticsFileWriter.of(statistics.loaded());
      if (in != null) {
        writer.withNotes(in.notes()).withMetadata(in.metadata());
      }
      writer.withCounts().withFloat64().write(statistics.out());
    }
  }

  /** Where jobs run that are started here. */
  static StreamExecutionEnvironment environment(EngineOptions engine) {
    Configuration configuration = engine.configuration();
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    if (EmbeddedCluster.runs(env)) {
      return EmbeddedCluster.environment(engine);
    }
    if (engine.parallelism() != null) {
      env.setParallelism(engine.parallelism());
    }
    return env;
  }

  private static void removeLeftovers(RunOptions options) throws IOException {
    if (options.output().scheme().equals("jsonl")) {
      Leftovers.remove(options.output().path(), Outputs.NORMALIZED);
    }
    if (options.rejected() != null && !options.rejected().isTopic()) {
      Leftovers.remove(options.rejected().path(), Outputs.REJECTED);
    }
  }

  /** So that another run begins where this one has ended. */
  private static void commitOffsets(RunOptions options) throws JobFailedException {
    KafkaOptions kafka = options.kafka();
    if (kafka == null || !kafka.bounded()) {
      return;
    }
    try {
      CommittedOffsets.raise(kafka.connection(), options.input().topic(), kafka.inputEnds());
    } catch (KafkaFaultException e) {
      String sentence =
          "everything was normalized, but where it ended could not be committed, so another run"
              + " may begin before that: ";
      throw failed(sentence + e.getMessage(), e);
    }
  }

  /**
   * Runs to the end, or until it is submitted, and says so.
   *
   * @param done what the job does to its records
   * @return whether it came to its end
   */
  static boolean execute(StreamExecutionEnvironment env, String done, Console console)
      throws Exception {
    long start = System.nanoTime();
    JobExecutionResult result =
        EmbeddedCluster.runs(env) && console.isTerminal()
            ? watched(env, console)
            : env.execute(NAME);
    if (!result.isJobExecutionResult()) {
      console.out().println("submitted as job " + result.getJobID());
      return false;
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    new Summary(result.getAllAccumulatorResults(), seconds).print(done, console.out());
    return true;
  }

  private static JobExecutionResult watched(StreamExecutionEnvironment env, Console console)
      throws Exception {
    JobClient client = env.executeAsync(NAME);
    CompletableFuture<JobExecutionResult> result = client.getJobExecutionResult();
    Progress progress = new Progress(console.err());
    while (true) {
      try {
        JobExecutionResult done = result.get(500, TimeUnit.MILLISECONDS);
        progress.clear();
        return done;
      } catch (TimeoutException e) {
        progress.show(client);
      } catch (ExecutionException e) {
        progress.clear();
        throw e;
      }
    }
  }

  private static JobFailedException failed(Exception e) {
    return failed(FailureText.ofFailure(e), e);
  }

  /** A failure in that sentence, and where to read more. */
  static JobFailedException failed(String sentence, Exception e) {
    if (e instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    String log = System.getProperty(Console.LOG);
    String details = log == null ? "" : "; the log is " + log;
    return new JobFailedException(sentence + details, e);
  }
}
