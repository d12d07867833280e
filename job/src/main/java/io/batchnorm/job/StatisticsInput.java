package io.batchnorm.job;

import io.batchnorm.exchange.StatisticsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A file of statistics named on the command line. */
final class StatisticsInput {
  private StatisticsInput() {}

  /** Reads it, or adds to {@code faults} why it cannot. */
  static Optional<StatisticsFile> read(String file, List<String> faults) {
    Optional<Path> path = Location.path("the file", file, faults);
    if (path.isEmpty()) {
      return Optional.empty();
    }
    try {
      StatisticsFile statistics = StatisticsFile.read(path.get());
      if (!statistics.byKey().isEmpty()) {
        return Optional.of(statistics);
      }
      faults.add(
          "%s has no tensor KEY.running_mean among its %d"
              .formatted(path.get(), statistics.ignoredTensors()));
    } catch (IOException e) {
      faults.add(FailureText.of(e));
    }
    return Optional.empty();
  }
}
