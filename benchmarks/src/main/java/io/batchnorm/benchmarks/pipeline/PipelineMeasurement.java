package io.batchnorm.benchmarks.pipeline;

import io.batchnorm.benchmarks.Effort;
import io.batchnorm.benchmarks.ForkedJvm;
import io.batchnorm.benchmarks.Measurement;
import io.batchnorm.benchmarks.Round;
import io.batchnorm.benchmarks.RoundOfBoth;
import io.batchnorm.benchmarks.Turns;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Jobs of one pipeline; each round is a JVM of its own, or of two pipelines that are tuned alike.
 *
 * <p>One JVM may be a sixth slower than the next for as long as it lives, above all in clearing new
 * arrays. So pipelines are compared in one where they can be.
 */
record PipelineMeasurement(Settings settings, boolean inBytes) implements Measurement {
  private static final String HEAP = "3g";

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
  public Round round(Effort effort, Turns turns) {
    return rounds(effort, turns, this).get(0);
  }

  @Override
  public Optional<RoundOfBoth> together(Measurement other, Effort effort) {
    if (!(other instanceof PipelineMeasurement pipeline)
        || !pipeline.settings.tuning().equals(settings.tuning())) {
      return Optional.empty();
    }
    try (Turns nobodyElse = new Turns(1)) {
      List<Round> rounds = rounds(effort, nobodyElse, this, pipeline);
      return Optional.of(new RoundOfBoth(rounds.get(0), rounds.get(1)));
    }
  }

  private static List<Round> rounds(Effort effort, Turns turns, PipelineMeasurement... pipelines) {
    List<String> arguments = new ArrayList<>();
    for (int number :
        new int[] {effort.rounds(), effort.warmups(), effort.samples(), effort.millis()}) {
      arguments.add(Integer.toString(number));
    }
    for (PipelineMeasurement pipeline : pipelines) {
      arguments.addAll(List.of(pipeline.settings.words()));
    }
    Fork.Report[] reports =
        new ForkedJvm(Fork.class, HEAP, pipelines[0].settings.tuning().jvmOptions(), turns)
            .run(arguments, Fork.Report[].class);
    return IntStream.range(0, pipelines.length)
        .mapToObj(i -> pipelines[i].round(reports[i]))
        .toList();
  }

  private Round round(Fork.Report report) {
    return new Round(scaled(report.recordsPerSecond()), report.profile());
  }

  private List<Double> scaled(List<Double> recordsPerSecond) {
    double each = inBytes ? settings.bytesPerRecord() : 1;
    return recordsPerSecond.stream().map(speed -> speed * each).toList();
  }
}
