package io.batchnorm.job;

import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.savepoint.SavedStatistics;
import io.batchnorm.job.savepoint.Savepoint;
import io.batchnorm.job.savepoint.SavepointException;
import io.batchnorm.job.savepoint.SavepointFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Files and savepoints of statistics that the command line names. Each is read once. */
final class StatisticsInput {
  private final Map<String, LearnedStatistics> files = new HashMap<>();

  /**
   * Reads a file, or looks whether there is a savepoint, which it takes a job to read. Adds to
   * {@code faults} why it cannot.
   *
   * @return what the file holds
   */
  Optional<LearnedStatistics> check(String text, List<String> faults) {
    if (SavepointFolder.looksLike(text)) {
      savepoint(text, faults);
      return Optional.empty();
    }
    Optional<LearnedStatistics> learned = file(text, faults).map(LearnedStatistics::of);
    learned.ifPresent(statistics -> files.put(text, statistics));
    return learned;
  }

  /**
   * Reads a file or savepoint.
   *
   * @throws UsageException if there is nothing in it
   * @throws JobFailedException if the job that reads the savepoint fails
   */
  LearnedStatistics read(String text) throws UsageException, JobFailedException {
    List<String> faults = new ArrayList<>();
    LearnedStatistics learned = files.get(text);
    if (learned == null) {
      Optional<Savepoint> savepoint = savepoint(text, faults);
      if (savepoint.isEmpty()) {
        throw new UsageException(faults);
      }
      learned = LearnedStatistics.of(read(savepoint.get(), text));
    }
    return learned;
  }

  /** The savepoint, if there is one of this job. */
  static Optional<Savepoint> savepoint(String text, List<String> faults) {
    try {
      return Optional.of(Savepoint.open(SavepointFolder.of(text)));
    } catch (SavepointException e) {
      faults.add(e.getMessage());
    } catch (IllegalArgumentException e) {
      faults.add("\"%s\" is no path: %s".formatted(text, e.getMessage()));
    }
    return Optional.empty();
  }

  /** Runs a job that reads a savepoint. */
  static SavedStatistics read(Savepoint savepoint, String text)
      throws UsageException, JobFailedException {
    SavedStatistics saved;
    try {
      saved = savepoint.read(JobRunner.environment(EngineOptions.DEFAULTS));
    } catch (SavepointException e) {
      throw new UsageException(List.of(e.getMessage()));
    } catch (Exception e) {
      throw JobRunner.failed(
          "the savepoint %s cannot be read: %s".formatted(text, FailureText.ofFailure(e)), e);
    }
    if (saved.byKey().isEmpty()) {
      throw new UsageException(List.of("the savepoint %s has no statistics".formatted(text)));
    }
    return saved;
  }

  /** Reads a file with statistics. */
  static Optional<StatisticsFile> file(String text, List<String> faults) {
    Optional<Path> path = Location.path("the file", text, faults);
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
