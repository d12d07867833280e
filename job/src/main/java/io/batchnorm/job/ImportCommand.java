package io.batchnorm.job;

import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.savepoint.SavedStatistics;
import io.batchnorm.job.savepoint.SavepointException;
import io.batchnorm.job.savepoint.SavepointFolder;
import io.batchnorm.job.savepoint.SavepointImport;
import io.batchnorm.types.Directive;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code batchnorm statistics import}. */
@Command(
    name = "import",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100,
    description = {
      "Makes a savepoint to start a job from with the statistics of a safetensors file.",
      "The file may be from export, from run --statistics-out, or the state_dict of a PyTorch model.",
      "The savepoint is read back and compared with it before it counts as written."
    },
    footer = {
      "",
      "Start from it: batchnorm run --savepoint PATH ..., or flink run -s PATH batchnorm-job.jar ...",
      "",
      "Exit status: 0 done, 1 the job that writes the savepoint failed, 2 bad arguments."
    })
final class ImportCommand implements ConsoleCommand {
  @Option(names = "--input", paramLabel = "F", description = "The safetensors file to read")
  String input;

  @Option(
      names = "--savepoint",
      paramLabel = "PATH",
      description = "The folder of the savepoint to write, new or empty")
  String savepoint;

  @Option(
      names = "--channels-per-slice",
      paramLabel = "N",
      description = "For a run with that option. Default: for one without it")
  Integer channelsPerSlice;

  private StatisticsFile statistics;

  @Override
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    if (input == null) {
      faults.add("--input is missing, wanted the safetensors file to read");
    } else {
      StatisticsInput.file(input, faults).ifPresent(file -> take(file, faults));
    }
    if (savepoint == null) {
      faults.add("--savepoint is missing, wanted the folder of the savepoint to write");
    } else {
      checkTarget(faults);
    }
    if (channelsPerSlice != null && channelsPerSlice < 1) {
      faults.add("--channels-per-slice is %d, wanted 1 or more".formatted(channelsPerSlice));
    }
    return faults;
  }

  private void take(StatisticsFile file, List<String> faults) {
    statistics = file;
    if (file.byKey().containsKey(Directive.ALL_KEYS)) {
      faults.add(
          "%s has statistics of a key \"*\", which stands for all keys in commands; rename it"
              .formatted(input));
    }
  }

  private void checkTarget(List<String> faults) {
    Optional<SavepointFolder> target = target(faults);
    if (target.isEmpty()) {
      return;
    }
    try {
      if (!target.get().isFree()) {
        faults.add(
            "--savepoint: %s is there already, wanted a new or an empty folder"
                .formatted(target.get()));
      } else {
        target
            .get()
            .localFile()
            .ifPresent(folder -> new PathChecks(faults).folder("--savepoint", folder));
      }
    } catch (IOException e) {
      faults.add("--savepoint: " + FailureText.ofFailure(e));
    }
  }

  private Optional<SavepointFolder> target(List<String> faults) {
    try {
      return Optional.of(SavepointFolder.of(savepoint));
    } catch (IllegalArgumentException e) {
      faults.add(
          "--savepoint is \"%s\", which is no path: %s".formatted(savepoint, e.getMessage()));
      return Optional.empty();
    }
  }

  @Override
  public int run(Console console) throws UsageException, JobFailedException {
    List<String> faults = new ArrayList<>();
    SavepointFolder target = target(faults).orElseThrow(() -> new UsageException(faults));
    SavedStatistics imported = imported(target);
    console
        .out()
        .printf(
            "imported %s (%,d frozen) from %s into %s%n",
            Counted.keys(imported.byKey().size()), imported.frozen(), input, savepoint);
    return 0;
  }

  private SavedStatistics imported(SavepointFolder target) throws JobFailedException {
    Path file = Path.of(input).toAbsolutePath().normalize();
    try {
      return new SavepointImport(
              file,
              target,
              EngineOptions.MAX_PARALLELISM,
              channelsPerSlice == null ? 0 : channelsPerSlice)
          .run(JobRunner.environment(EngineOptions.DEFAULTS), statistics);
    } catch (SavepointException e) {
      throw JobRunner.failed(e.getMessage(), e);
    } catch (Exception e) {
      throw JobRunner.failed(FailureText.ofFailure(e), e);
    }
  }
}
