package io.batchnorm.benchmarks.kernel;

import io.batchnorm.benchmarks.Effort;
import io.batchnorm.benchmarks.Measurement;
import io.batchnorm.benchmarks.Round;
import io.batchnorm.benchmarks.Shape;
import io.batchnorm.benchmarks.Turns;
import io.batchnorm.kernel.KernelProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * A method of a JMH benchmark at one shape; each round is a JVM of its own.
 *
 * @param kernels {@code -Dbatchnorm.kernels} of that JVM
 */
record KernelMeasurement(Class<?> benchmark, String method, String shape, String kernels)
    implements Measurement {
  /**
   * Length of a warm-up in samples. Until the compiler has done with them, vector kernels take a
   * thousand times as long, and how soon that is depends on the machine: within one second on one,
   * in the third on another.
   */
  private static final int WARMUP = 5;

  /** System property that names the folder for JMH's output. */
  static final String LOGS = "batchnorm.benchmarks.logs";

  @Override
  public String name() {
    String what = benchmark.getSimpleName().replace("Benchmark", "").toLowerCase(Locale.ROOT);
    return "%s %s %s".formatted(kernels.equals("scalar") ? "scalar " + what : what, method, shape);
  }

  @Override
  public String unit() {
    return "values/s";
  }

  @Override
  public Round round(Effort effort, Turns turns) {
    List<Double> seconds = new ArrayList<>();
    for (RunResult run : run(options(effort, turns))) {
      for (BenchmarkResult fork : run.getBenchmarkResults()) {
        fork.getIterationResults().forEach(i -> seconds.add(i.getPrimaryResult().getScore()));
      }
    }
    if (seconds.isEmpty()) {
      throw new IllegalStateException(name() + " gave no result; see " + log());
    }
    int values = Shape.parse(shape).values();
    return Round.of(seconds.stream().map(s -> values / s).toList());
  }

  private Options options(Effort effort, Turns turns) {
    TimeValue time = TimeValue.milliseconds(effort.millis());
    TimeValue warmup = TimeValue.milliseconds(WARMUP * effort.millis());
    return new OptionsBuilder()
        .include("^" + benchmark.getName() + "\\." + method + "$")
        .param("shape", shape)
        .mode(Mode.AverageTime)
        .timeUnit(TimeUnit.SECONDS)
        .forks(1)
        .threads(1)
        .warmupIterations(effort.warmups())
        .warmupTime(warmup)
        .measurementIterations(effort.samples())
        .measurementTime(time)
        .jvmArgs(
            turns.jvmOption(),
            "-Xms1g",
            "-Xmx1g",
            "--add-modules=jdk.incubator.vector",
            "-D" + KernelProvider.PROPERTY + "=" + kernels,
            "-Dorg.bytedeco.javacpp.cachedir="
                + System.getProperty("org.bytedeco.javacpp.cachedir"))
        .shouldFailOnError(true)
        .verbosity(VerboseMode.NORMAL)
        .output(log())
        .build();
  }

  /**
   * Where JMH and its JVMs write, which warn of the incubator module at every start. The last row's
   * of the last round is kept.
   */
  private String log() {
    Path logs = Path.of(System.getProperty(LOGS, "target/jmh"));
    try {
      return Files.createDirectories(logs).resolve(name().replace(' ', '-') + ".log").toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Collection<RunResult> run(Options options) {
    try {
      return new Runner(options).run();
    } catch (RunnerException e) {
      throw new IllegalStateException("%s; see %s".formatted(e.getMessage(), log()), e);
    }
  }
}
