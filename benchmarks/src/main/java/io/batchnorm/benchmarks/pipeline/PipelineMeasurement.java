package io.batchnorm.benchmarks.pipeline;

import io.batchnorm.benchmarks.Effort;
import io.batchnorm.benchmarks.ForkedJvm;
import io.batchnorm.benchmarks.Measurement;
import io.batchnorm.benchmarks.Round;
import io.batchnorm.benchmarks.Turns;
import java.util.ArrayList;
import java.util.List;

/** Jobs of one pipeline; each round is a JVM of its own. */
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
    List<String> arguments = new ArrayList<>();
    for (int number :
        new int[] {effort.rounds(), effort.warmups(), effort.samples(), effort.millis()}) {
      arguments.add(Integer.toString(number));
    }
    arguments.addAll(List.of(settings.words()));
    Fork.Report report =
        new ForkedJvm(Fork.class, HEAP, settings.tuning().jvmOptions(), turns)
            .run(arguments, Fork.Report.class);
    return new Round(scaled(report.recordsPerSecond()), report.profile());
  }

  private List<Double> scaled(List<Double> recordsPerSecond) {
    double each = inBytes ? settings.bytesPerRecord() : 1;
    return recordsPerSecond.stream().map(speed -> speed * each).toList();
  }
}
