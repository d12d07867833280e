package io.batchnorm.benchmarks.keys;

import io.batchnorm.benchmarks.Effort;
import io.batchnorm.benchmarks.ForkedJvm;
import io.batchnorm.benchmarks.Measurement;
import io.batchnorm.benchmarks.Round;
import io.batchnorm.benchmarks.Turns;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Training batches of many keys, each in turn; a round is a JVM of its own, with one sample.
 *
 * @param compressed see {@link KeysFork#measured}
 */
record KeysMeasurement(
    String backend,
    boolean compressed,
    int keys,
    String unit,
    ToDoubleFunction<KeysFork.Report> sample)
    implements Measurement {
  private static final String HEAP = "6g";

  /** How fast batches go through, as jobs of this project are set. */
  static KeysMeasurement ofBatches(String backend, int keys) {
    return new KeysMeasurement(backend, true, keys, "records/s", KeysFork.Report::recordsPerSecond);
  }

  /** How fast a job comes back to its keys on the heap. */
  static KeysMeasurement ofRestore(boolean compressed, int keys) {
    return new KeysMeasurement(
        "hashmap", compressed, keys, "keys/s", report -> keys / report.secondsToRestore());
  }

  @Override
  public String name() {
    return "%d keys on %s, snapshots %s"
        .formatted(keys, backend, compressed ? "compressed" : "as they are");
  }

  @Override
  public Round round(Effort effort, Turns turns) {
    KeysFork.Report report =
        new ForkedJvm(KeysFork.class, HEAP, List.of(), turns)
            .run(
                List.of(backend, Boolean.toString(compressed), Integer.toString(keys)),
                KeysFork.Report.class);
    return new Round(List.of(sample.applyAsDouble(report)), report.profile());
  }
}
