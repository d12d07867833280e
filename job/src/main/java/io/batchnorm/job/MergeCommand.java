package io.batchnorm.job;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code batchnorm statistics merge}. */
@Command(
    name = "merge",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100,
    description = {
      "Merges population statistics that were learned apart, as if learned in one place.",
      "Only those learned with --averaging population can be merged: what the other averagings have",
      "forgotten cannot be weighed."
    })
final class MergeCommand implements ConsoleCommand {
  private static final String POPULATION = Averaging.Kind.POPULATION.code();

  @Parameters(
      arity = "0..*",
      paramLabel = "FILE",
      description = "Two or more safetensors files or savepoints")
  List<String> files = new ArrayList<>();

  @Option(names = "--output", paramLabel = "F", description = "The safetensors file to write")
  String output;

  private final StatisticsInput input = new StatisticsInput();

  @Override
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    if (files.size() < 2) {
      faults.add("merge wants two files or more, there are %d".formatted(files.size()));
    }
    if (output == null) {
      faults.add("--output is missing, wanted the safetensors file to write");
    } else {
      Location.path("--output", output, faults)
          .ifPresent(file -> new PathChecks(faults).statisticsFile("--output", file));
    }
    SortedMap<String, RunningStatistics> merged = new TreeMap<>();
    for (String file : files) {
      input.check(file, faults).ifPresent(learned -> add(merged, file, learned, faults));
    }
    return faults;
  }

  @Override
  public int run(Console console) throws UsageException, JobFailedException {
    List<String> faults = new ArrayList<>();
    SortedMap<String, RunningStatistics> merged = new TreeMap<>();
    for (String file : files) {
      add(merged, file, input.read(file), faults);
    }
    if (!faults.isEmpty()) {
      throw new UsageException(faults);
    }
    Map<String, String> metadata = Map.of("format", "pt", "version", "2", "averaging", POPULATION);
    try {
      StatisticsFile.write(Path.of(output), merged, true, metadata);
    } catch (IOException e) {
      throw new JobFailedException(FailureText.ofFailure(e), e);
    }
    console.out().printf("merged %s into %s%n", Counted.keys(merged.size()), output);
    return 0;
  }

  private static void add(
      SortedMap<String, RunningStatistics> merged,
      String file,
      LearnedStatistics learned,
      List<String> faults) {
    if (isPopulation(file, learned, faults)) {
      learned.byKey().forEach((key, more) -> add(merged, key, more, file, faults));
    }
  }

  private static boolean isPopulation(
      String file, LearnedStatistics statistics, List<String> faults) {
    String averaging = statistics.metadata().get("averaging");
    if (!POPULATION.equals(averaging)) {
      faults.add(
          "%s was learned by %s averaging, which has no exact merge: what it forgot is gone; learn with --averaging population"
              .formatted(file, averaging == null ? "unknown" : averaging));
      return false;
    }
    Optional<String> countless =
        statistics.byKey().entrySet().stream()
            .filter(entry -> entry.getValue().count() == RunningStatistics.UNKNOWN_COUNT)
            .map(Map.Entry::getKey)
            .findFirst();
    countless.ifPresent(
        key ->
            faults.add(
                "%s has no tensor \"%s.count\", without which it cannot be weighed"
                    .formatted(file, key)));
    return countless.isEmpty();
  }

  private static void add(
      SortedMap<String, RunningStatistics> merged,
      String key,
      RunningStatistics more,
      String file,
      List<String> faults) {
    RunningStatistics before = merged.get(key);
    try {
      merged.put(key, before == null ? more : before.mergedPopulation(more));
    } catch (IllegalArgumentException e) {
      faults.add("key %s of %s does not fit the others: %s".formatted(key, file, e.getMessage()));
    }
  }
}
