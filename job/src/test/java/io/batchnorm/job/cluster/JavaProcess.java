package io.batchnorm.job.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A JVM like this one, which prints to {@code NAME.out} and {@code NAME.err} in its folder of logs
 * and logs to {@code NAME.log}.
 */
final class JavaProcess {
  /** The exit status after {@code kill -9}. */
  private static final int KILLED = 128 + 9;

  private static final Duration TO_DIE = Duration.ofSeconds(30);

  private final String name;
  private final Path logs;
  private final Process process;

  private JavaProcess(String name, Path logs, Process process) {
    this.name = name;
    this.logs = logs;
    this.process = process;
  }

  /**
   * Starts one.
   *
   * @param command all behind {@code java}
   */
  static JavaProcess start(
      String name, Path logs, List<String> command, Map<String, String> environment) {
    List<String> line = new ArrayList<>();
    line.add(ProcessHandle.current().info().command().orElseThrow());
    line.add("-Dlog.file=" + logs.resolve(name + ".log"));
    line.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .directory(logs.toFile())
            .redirectOutput(logs.resolve(name + ".out").toFile())
            .redirectError(logs.resolve(name + ".err").toFile());
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      return new JavaProcess(name, logs, process);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean isAlive() {
    return process.isAlive();
  }

  boolean wasKilled() {
    return !isAlive() && process.exitValue() == KILLED;
  }

  String name() {
    return name;
  }

  /** What it printed to standard output so far. */
  String out() {
    return text(".out");
  }

  /** What it printed to standard error so far. */
  String err() {
    return text(".err");
  }

  /**
   * Its exit status, when it has ended by itself.
   *
   * @throws AssertionError if it has not by the deadline; it is killed then
   */
  int await(Duration deadline) {
    try {
      if (process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
        return process.exitValue();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.destroyForcibly();
    throw new AssertionError("%s has not ended in %s: %s".formatted(name, deadline, err()));
  }

  /**
   * {@code kill -9}.
   *
   * @throws AssertionError if it was not that which ended it
   */
  void kill() {
    process.destroyForcibly();
    int status = await(TO_DIE);
    if (!wasKilled()) {
      throw new AssertionError(
          "%s had ended with %d before it was killed: %s".formatted(name, status, err()));
    }
  }

  /** Ends it in whatever state it is. */
  void end() {
    process.destroyForcibly();
  }

  private String text(String suffix) {
    try {
      return Files.readString(logs.resolve(name + suffix));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
