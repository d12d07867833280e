package io.batchnorm.job;

import io.batchnorm.core.Mode;
import io.batchnorm.job.savepoint.Savepoint;
import io.batchnorm.operator.SavedLayers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Checks {@code --channels-per-slice}. */
final class SliceChecks {
  private final RunCommand given;
  private final List<String> faults;

  /**
   * @param faults to which the faults are added
   */
  SliceChecks(RunCommand given, List<String> faults) {
    this.given = given;
    this.faults = faults;
  }

  /**
   * How many channels a slice has, 0 if layers are whole; of no use if there are faults.
   *
   * @param controlled whether there are commands
   * @param live whether they come from a topic
   */
  int check(boolean controlled, boolean live) {
    int width = given.channelsPerSlice == null ? 0 : given.channelsPerSlice;
    if (given.channelsPerSlice != null) {
      checkWidth(width, controlled, live);
    }
    if (given.savepoint != null && !given.savepoint.isBlank() && faults.isEmpty()) {
      checkSavepoint(width);
    }
    return width;
  }

  private void checkWidth(int width, boolean controlled, boolean live) {
    if (width < 1) {
      faults.add("--channels-per-slice is %d, wanted 1 or more".formatted(width));
    }
    if (given.mode == Mode.EVAL && !controlled && given.savepoint == null) {
      faults.add(
          "--channels-per-slice is for --mode train, or for eval with --control or --savepoint;"
              + " without them nothing is shuffled and a key uses all cores");
    }
    if (live) {
      faults.add(
          "--channels-per-slice does not go with --control kafka:TOPIC, whose commands would act"
              + " between other batches in each slice; give --control jsonl:FILE or --freeze-after");
    }
  }

  /** A job has to look how wide its slices are, so only where there would be no use in starting. */
  private void checkSavepoint(int width) {
    Optional<Savepoint> savepoint =
        StatisticsInput.savepoint(given.savepoint, new ArrayList<>())
            .filter(found -> found.isSliced() != (width > 0));
    if (savepoint.isEmpty()) {
      return;
    }
    try {
      int saved = savepoint.get().channelsPerSlice(JobRunner.environment(EngineOptions.DEFAULTS));
      faults.add("--savepoint: " + SavedLayers.sliceMismatch(saved, width));
    } catch (Exception e) {
      faults.add("--savepoint: it cannot be read: " + FailureText.ofFailure(e));
    }
  }
}
