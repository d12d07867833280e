package io.batchnorm.benchmarks.pipeline;

import io.batchnorm.benchmarks.Effort;
import io.batchnorm.benchmarks.Measurement;
import io.batchnorm.benchmarks.Round;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;

/** Jobs of one pipeline; each round is a JVM of its own. */
record PipelineMeasurement(Settings settings, boolean inBytes) implements Measurement {
  private static final int PATIENCE_MINUTES = 10;
  private static final double PROFILE_DIGITS = 100;

  /** Measures bytes of values per second. */
  static PipelineMeasurement bytes(Settings settings) {
    return new PipelineMeasurement(settings, true);
  }

  /** Measures records per second. */
  static PipelineMeasurement records(Settings settings) {
    return new PipelineMeasurement(settings, false);
  }

  @Override
  public String name() {
    return settings.toString();
  }

  @Override
  public String unit() {
    return inBytes ? "B/s" : "records/s";
  }

  @Override
  public Round round(Effort effort) {
    try {
      Path result = Files.createTempFile("pipeline", ".json");
      try {
        run(command(result, effort));
        Fork.Report report = Fork.Report.read(result);
        report.profile().replaceAll((k, v) -> Math.round(v * PROFILE_DIGITS) / PROFILE_DIGITS);
        return new Round(scaled(report.recordsPerSecond()), report.profile());
      } finally {
        Files.delete(result);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Double> scaled(List<Double> recordsPerSecond) {
    double each = inBytes ? settings.bytesPerRecord() : 1;
    return recordsPerSecond.stream().map(speed -> speed * each).toList();
  }

  private List<String> command(Path result, Effort effort) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(jvm());
    command.addAll(List.of("-Xms3g", "-Xmx3g", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Fork.class.getName(), result.toString()));
    for (int number :
        new int[] {effort.rounds(), effort.warmups(), effort.samples(), effort.millis()}) {
      command.add(Integer.toString(number));
    }
    command.addAll(List.of(settings.words()));
    return command;
  }

  private static List<String> jvm() throws IOException {
    Properties properties = new Properties();
    try (InputStream in = PipelineMeasurement.class.getResourceAsStream("/fork.properties")) {
      properties.load(in);
    }
    return List.of(properties.getProperty("jvm").split(" +"));
  }

  private void run(List<String> command) throws IOException {
    Path log = Files.createTempFile("pipeline", ".log");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(new File("/dev/null"))
            .start();
    try {
      if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
        throw new IllegalStateException(name() + " failed:\n" + Files.readString(log));
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(name() + " was interrupted", e);
    } finally {
      process.destroyForcibly();
      Files.delete(log);
    }
  }
}
