package io.batchnorm.job;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import picocli.CommandLine;

/** A run in this process that goes on until it is closed. */
final class LiveRun implements AutoCloseable {
  private static final int SECONDS = 60;

  private final JobClient client;
  private boolean stopped;

  private LiveRun(JobClient client) {
    this.client = client;
  }

  /** As {@code batchnorm run} does it, but for waiting. */
  static LiveRun of(List<String> arguments) throws Exception {
    RunCommand command = new RunCommand();
    new CommandLine(command)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .parseArgs(arguments.subList(1, arguments.size()).toArray(new String[0]));
    RunOptions options = RunOptions.of(command).orThrow();
    options.kafka().createMissing();
    StreamExecutionEnvironment env = JobRunner.environment(options.engine());
    new RunJob(options).build(env);
    return new LiveRun(env.executeAsync("live"));
  }

  /** Stops it at a savepoint, and gives the place of that. */
  String stop(Path folder) throws Exception {
    String savepoint =
        client
            .stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
            .get(SECONDS, TimeUnit.SECONDS);
    client.getJobExecutionResult().get(SECONDS, TimeUnit.SECONDS);
    stopped = true;
    return savepoint;
  }

  /** Ends it, and tells if it had failed before. */
  @Override
  public void close() throws Exception {
    if (stopped) {
      return;
    }
    if (client.getJobExecutionResult().isDone()) {
      client.getJobExecutionResult().get();
      throw new AssertionError("the job has ended by itself");
    }
    client.cancel().get(SECONDS, TimeUnit.SECONDS);
    try {
      client.getJobExecutionResult().get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      // It was cancelled.
    }
  }
}
