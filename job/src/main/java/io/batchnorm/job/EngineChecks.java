package io.batchnorm.job;

import io.batchnorm.job.savepoint.SavepointFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Checks the settings of Flink itself. */
final class EngineChecks {
  private static final Duration DEFAULT_CHECKPOINT_INTERVAL = Duration.ofSeconds(10);

  /** Flink takes no shorter one. */
  private static final Duration MIN_CHECKPOINT_INTERVAL = Duration.ofMillis(10);

  private final RunCommand given;
  private final List<String> faults;
  private final PathChecks paths;

  /**
   * @param faults to which the faults are added
   */
  EngineChecks(RunCommand given, List<String> faults) {
    this.given = given;
    this.faults = faults;
    this.paths = new PathChecks(faults);
  }

  /**
   * The settings; of no use if there are faults.
   *
   * @param topics whether topics are used, which want checkpoints
   */
  EngineOptions check(boolean topics) {
    if (given.parallelism != null && (given.parallelism < 1 || given.parallelism > 128)) {
      faults.add("--parallelism is %d, wanted 1 to 128".formatted(given.parallelism));
    }
    if (given.stateBackend != null && !List.of("hashmap", "rocksdb").contains(given.stateBackend)) {
      faults.add(
          "--state-backend is \"%s\", wanted hashmap or rocksdb".formatted(given.stateBackend));
    }
    return new EngineOptions(
        given.parallelism,
        checkpointDir(),
        checkpointInterval(topics),
        given.stateBackend,
        savepoint());
  }

  private Duration checkpointInterval(boolean topics) {
    Duration unless = given.checkpointDir == null && !topics ? null : DEFAULT_CHECKPOINT_INTERVAL;
    return Durations.parse(
            "--checkpoint-interval", given.checkpointInterval, MIN_CHECKPOINT_INTERVAL, faults)
        .orElse(unless);
  }

  private String savepoint() {
    if (given.savepoint == null) {
      return null;
    }
    if (given.savepoint.isBlank()) {
      faults.add("--savepoint is empty, wanted the folder of a savepoint");
      return null;
    }
    boolean found = StatisticsInput.savepoint(given.savepoint, faults).isPresent();
    return found ? SavepointFolder.of(given.savepoint).path().toString() : null;
  }

  private String checkpointDir() {
    if (given.checkpointDir == null) {
      return null;
    }
    if (given.checkpointDir.contains("://")) {
      paths.fileSystem("--checkpoint-dir", given.checkpointDir);
      return given.checkpointDir;
    }
    Path folder = Location.path("--checkpoint-dir", given.checkpointDir, faults).orElse(null);
    if (folder == null) {
      return null;
    }
    paths.folder("--checkpoint-dir", folder);
    return folder.toUri().toString();
  }
}
