package io.batchnorm.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.apache.flink.util.FileUtils;

/** A JVM with Flink and SIMD kernels, whose main class writes what it found to a file. */
public final class ForkedJvm {
  /** Half of the time it waits for its turns. */
  private static final int PATIENCE_MINUTES = 60;

  private final Class<?> main;
  private final String heap;
  private final List<String> jvmOptions;
  private final Turns turns;

  /**
   * @param main whose first argument is the file to write, as JSON
   * @param heap as {@code -Xmx} has it
   * @param jvmOptions what else it is started with
   * @param turns where it asks for its turn
   */
  public ForkedJvm(Class<?> main, String heap, List<String> jvmOptions, Turns turns) {
    this.main = main;
    this.heap = heap;
    this.jvmOptions = jvmOptions;
    this.turns = turns;
  }

  /**
   * Runs it to its end.
   *
   * @throws IllegalStateException with all that it said, if it fails
   */
  public <T> T run(List<String> arguments, Class<T> report) {
    try {
      Path folder = Files.createTempDirectory("fork");
      try {
        Path result = folder.resolve("result.json");
        run(command(result, arguments), folder.resolve("log"));
        return new ObjectMapper().readValue(result.toFile(), report);
      } finally {
        FileUtils.deleteDirectory(folder.toFile());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> command(Path result, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options());
    command.add(turns.jvmOption());
    command.addAll(List.of("-Xms" + heap, "-Xmx" + heap));
    command.addAll(jvmOptions);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(main.getName(), result.toString()));
    command.addAll(arguments);
    return command;
  }

  private static List<String> options() throws IOException {
    Properties properties = new Properties();
    try (InputStream in = ForkedJvm.class.getResourceAsStream("/fork.properties")) {
      properties.load(in);
    }
    return List.of(properties.getProperty("jvm").split(" +"));
  }

  private static void run(List<String> command, Path log) throws IOException {
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        throw new IllegalStateException(
            "%s is not done after %d minutes:%n%s"
                .formatted(command.get(0), PATIENCE_MINUTES, Files.readString(log)));
      }
      if (process.exitValue() != 0) {
        throw new IllegalStateException(
            "%s failed:%n%s".formatted(command.get(0), Files.readString(log)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }
}
