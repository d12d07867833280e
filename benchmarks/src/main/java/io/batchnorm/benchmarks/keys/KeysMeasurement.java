package io.batchnorm.benchmarks.keys;

import io.batchnorm.benchmarks.Effort;
import io.batchnorm.benchmarks.ForkedJvm;
import io.batchnorm.benchmarks.Measurement;
import io.batchnorm.benchmarks.Round;
import io.batchnorm.benchmarks.Turns;
import java.util.List;

/** Training batches of many keys, each in turn; a round is a JVM of its own, with one sample. */
record KeysMeasurement(String backend, int keys) implements Measurement {
  private static final String HEAP = "6g";

  @Override
  public String name() {
    return "%d keys on %s".formatted(keys, backend);
  }

  @Override
  public String unit() {
    return "records/s";
  }

  @Override
  public Round round(Effort effort, Turns turns) {
    KeysFork.Report report =
        new ForkedJvm(KeysFork.class, HEAP, List.of(), turns)
            .run(List.of(backend, Integer.toString(keys)), KeysFork.Report.class);
    return new Round(List.of(report.recordsPerSecond()), report.profile());
  }
}
