package io.batchnorm.job;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.stream.StatisticsStream;
import io.batchnorm.types.Directive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Checks where the statistics of {@code run} come from and go to. */
final class StatisticsChecks {
  private static final int DEFAULT_HOLD = 1000;
  private static final int MAX_HOLD = 1 << 20;

  private final RunCommand given;
  private final RunLocations locations;
  private final List<String> faults;
  private final PathChecks paths;

  /**
   * @param faults to which the faults are added
   */
  StatisticsChecks(RunCommand given, RunLocations locations, List<String> faults) {
    this.given = given;
    this.locations = locations;
    this.faults = faults;
    this.paths = new PathChecks(faults);
  }

  /**
   * The options; of no use if there are faults.
   *
   * @param followed what the topic to follow holds, null if there is none
   */
  StatisticsOptions check(StatisticsStream.Content followed) {
    Path out = path("--statistics-out", given.statisticsOut);
    paths.statisticsFile("--statistics-out", out);
    if (given.statisticsIn != null && given.savepoint != null) {
      faults.add(
          "--statistics-in does not go with --savepoint: both bring statistics, and those of the"
              + " file would replace what the savepoint learned; give one of them");
    }
    Path from = from();
    StatisticsStream.Content content = followed == null ? content(from) : followed;
    return new StatisticsOptions(loaded(), out, stream(), interval(), from, content, hold());
  }

  private Path path(String option, String text) {
    return text == null ? null : Location.path(option, text, faults).orElse(null);
  }

  private StatisticsFile loaded() {
    Path file = path("--statistics-in", given.statisticsIn);
    if (file == null) {
      return null;
    }
    if (!paths.regularFile("--statistics-in", file)) {
      return null;
    }
    try {
      StatisticsFile statistics = StatisticsFile.read(file);
      checkLoaded(file, statistics);
      return statistics;
    } catch (IOException e) {
      faults.add("--statistics-in: " + FailureText.of(e));
      return null;
    }
  }

  private void checkLoaded(Path file, StatisticsFile statistics) {
    if (statistics.byKey().isEmpty()) {
      faults.add(
          "--statistics-in: %s has no tensor KEY.running_mean among its %d"
              .formatted(file, statistics.ignoredTensors()));
    }
    if (statistics.byKey().containsKey(Directive.ALL_KEYS)) {
      faults.add(
          "--statistics-in: %s has a key \"*\", which stands for all keys; rename its tensors"
              .formatted(file));
    }
    boolean wantsCount = given.wantsCount();
    statistics.byKey().entrySet().stream()
        .filter(entry -> wantsCount)
        .filter(entry -> entry.getValue().count() == RunningStatistics.UNKNOWN_COUNT)
        .findFirst()
        .ifPresent(
            entry ->
                faults.add(
                    "--statistics-in: %s has no tensor \"%s.count\", which --averaging population wants to go on from; use another averaging"
                        .formatted(file, entry.getKey())));
  }

  private Location stream() {
    Location stream = locations.statisticsStream();
    if (stream != null && !stream.isTopic()) {
      paths.folder("--statistics-stream", stream.path());
      checkReplaceable(stream.path().resolve(StatisticsStream.FILE));
    }
    return stream;
  }

  /** A run replaces the stream of the run before it, and nothing else. */
  private void checkReplaceable(Path file) {
    if (!Files.exists(file)) {
      return;
    }
    if (!paths.regularFile("--statistics-stream", file)) {
      return;
    }
    try {
      StatisticsStream.Content content = StatisticsStream.read(file);
      if (content.newest().isEmpty() && !content.rejected().isEmpty()) {
        faults.add(
            "--statistics-stream: %s is there already and holds no statistics, so it is not"
                    .formatted(file)
                + " replaced; wanted another folder");
      }
    } catch (IOException e) {
      faults.add("--statistics-stream: " + FailureText.of(e));
    }
  }

  private long interval() {
    if (given.statisticsInterval == null) {
      return 0;
    }
    if (given.statisticsInterval < 1) {
      faults.add(
          "--statistics-interval is %d, wanted 1 or more batches"
              .formatted(given.statisticsInterval));
    }
    if (given.statisticsStream == null && given.statisticsOut == null) {
      faults.add("--statistics-interval wants --statistics-stream or --statistics-out");
    }
    return given.statisticsInterval;
  }

  /** The file may come later, as the job that writes it may start later. */
  private Path from() {
    Location from = locations.statisticsFrom();
    boolean file = from != null && !from.isTopic();
    return file && paths.regularFile("--statistics-from", from.path()) ? from.path() : null;
  }

  private StatisticsStream.Content content(Path from) {
    if (from == null) {
      return null;
    }
    try {
      return StatisticsStream.read(from);
    } catch (IOException e) {
      faults.add("--statistics-from: %s: %s".formatted(from, FailureText.of(e)));
      return null;
    }
  }

  private int hold() {
    int hold = given.hold == null ? DEFAULT_HOLD : given.hold;
    if (hold < 0 || hold > MAX_HOLD) {
      faults.add("--hold is %d, wanted 0 to %d records".formatted(hold, MAX_HOLD));
    }
    return hold;
  }
}
