package io.batchnorm.job;

import io.batchnorm.job.savepoint.SavedStatistics;
import io.batchnorm.job.savepoint.Savepoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code batchnorm statistics export}. */
@Command(
    name = "export",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100,
    description = {
      "Writes the statistics in a savepoint to a safetensors file.",
      "It holds what the job itself would tell at end of input, with freezes, and with float64 where",
      "float32 would round. PyTorch loads it."
    },
    footer = {
      "",
      "What is in no file: commands that wait for a later batch, and samples that wait for theirs.",
      "A count of values is written where population averaging needs it or the file had it that",
      "the statistics were imported from.",
      "",
      "Exit status: 0 done, 1 the job that reads the savepoint failed, 2 bad arguments."
    })
final class ExportCommand implements ConsoleCommand {
  @Option(
      names = "--savepoint",
      paramLabel = "PATH",
      description = "The folder of a savepoint or checkpoint, or its file _metadata")
  String savepoint;

  @Option(names = "--output", paramLabel = "F", description = "The safetensors file to write")
  String output;

  @Override
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    if (savepoint == null) {
      faults.add("--savepoint is missing, wanted the savepoint to read");
    } else {
      StatisticsInput.savepoint(savepoint, faults);
    }
    if (output == null) {
      faults.add("--output is missing, wanted the safetensors file to write");
    } else {
      Location.path("--output", output, faults)
          .ifPresent(file -> new PathChecks(faults).statisticsFile("--output", file));
    }
    return faults;
  }

  @Override
  public int run(Console console) throws UsageException, JobFailedException {
    List<String> faults = new ArrayList<>();
    Optional<Savepoint> source = StatisticsInput.savepoint(savepoint, faults);
    if (source.isEmpty()) {
      throw new UsageException(faults);
    }
    SavedStatistics statistics = StatisticsInput.read(source.get(), savepoint);
    try {
      statistics.write(Path.of(output));
    } catch (IOException | IllegalArgumentException e) {
      throw new JobFailedException(FailureText.ofFailure(e), e);
    }
    console
        .out()
        .printf(
            "exported %s (%,d frozen) from %s into %s%n",
            Counted.keys(statistics.byKey().size()), statistics.frozen(), savepoint, output);
    if (statistics.waiting() > 0) {
      console
          .out()
          .printf(
              "commands that act after a later batch wait for %s; they are in no file, give them"
                  + " again%n",
              Counted.keys(statistics.waiting()));
    }
    return 0;
  }
}
