package io.batchnorm.job;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.UnknownKey;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.input.CsvColumns;
import io.batchnorm.job.input.Inputs;
import io.batchnorm.types.Directive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.util.TimeUtils;

/** Checks the options of {@code run} and gathers every fault before anything starts. */
final class RunChecks {
  private static final List<String> INPUTS = List.of("npy:DIR", "images:DIR", "csv:FILE");
  private static final List<String> OUTPUTS = List.of("npy:DIR", "jsonl:DIR", Location.NONE);
  private static final int DEFAULT_BATCH_SIZE = 32;
  private static final int MAX_BATCH_SIZE = 1 << 20;
  private static final Duration MIN_TIMEOUT = Duration.ofMillis(1);

  /** Flink takes no shorter one. */
  private static final Duration MIN_CHECKPOINT_INTERVAL = Duration.ofMillis(10);

  private static final Duration MAX_DURATION = Duration.ofDays(36_500);

  private final RunCommand given;
  private final List<String> faults = new ArrayList<>();
  private final PathChecks paths = new PathChecks(faults);

  RunChecks(RunCommand given) {
    this.given = given;
  }

  RunOptions.Checked check() {
    Location input = location("--input", given.input, INPUTS);
    Location output = location("--output", given.output, OUTPUTS);
    CsvColumns columns = columns(input);
    BatchNormConfig config = config();
    StatisticsFile loaded = loaded();
    Path statisticsOut = path("--statistics-out", given.statisticsOut);
    Location rejected =
        given.rejected == null
            ? null
            : location("--rejected", given.rejected, List.of("jsonl:DIR"));
    ControlFile control = control();
    paths.input(input);
    paths.outputFolder("--output", output, input);
    paths.outputFolder("--rejected", rejected, input);
    paths.statisticsFile("--statistics-out", statisticsOut);
    checkMode(control);
    RunOptions options =
        new RunOptions(
            input,
            output,
            given.mode,
            config,
            batchSize(input),
            timeout(input),
            columns,
            loaded,
            statisticsOut,
            rejected == null ? null : rejected.path(),
            control,
            freeze(),
            engine());
    return new RunOptions.Checked(faults.isEmpty() ? options : null, List.copyOf(faults));
  }

  private Location location(String option, String text, List<String> forms) {
    if (text == null) {
      faults.add("%s is missing, wanted %s".formatted(option, String.join(" or ", forms)));
      return null;
    }
    return Location.parse(option, text, forms, faults).orElse(null);
  }

  private Path path(String option, String text) {
    return text == null ? null : Location.path(option, text, faults).orElse(null);
  }

  private CsvColumns columns(Location input) {
    boolean csv = input != null && input.scheme().equals("csv");
    if (!csv) {
      notFor("csv", "--key-column", given.keyColumn, input);
      notFor("csv", "--feature-columns", given.featureColumns, input);
      notFor("csv", "--time-column", given.timeColumn, input);
      return null;
    }
    if (given.keyColumn == null) {
      faults.add("--key-column is missing, csv inputs want the name of the key's column");
    }
    if (given.featureColumns == null) {
      faults.add(
          "--feature-columns is missing, csv inputs want the names of the channels' columns");
    }
    if (given.keyColumn == null || given.featureColumns == null) {
      return null;
    }
    CsvColumns columns =
        new CsvColumns(given.keyColumn, List.copyOf(given.featureColumns), given.timeColumn);
    checkHeader(input.path(), columns);
    return columns;
  }

  private void notFor(String scheme, String option, Object value, Location input) {
    if (value != null && input != null) {
      faults.add("%s is for %s inputs, the input is %s".formatted(option, scheme, input.scheme()));
    }
  }

  private void checkHeader(Path file, CsvColumns columns) {
    if (!Files.isRegularFile(file)) {
      return;
    }
    try {
      for (String fault : Inputs.csvFaults(file, columns)) {
        faults.add("--input: %s: %s".formatted(file, fault));
      }
    } catch (IOException | RuntimeException e) {
      // The parser answers what is no table with exceptions of all kinds.
      faults.add("--input: %s: %s".formatted(file, FailureText.of(e)));
    }
  }

  private BatchNormConfig config() {
    Averaging averaging = averaging();
    try {
      return BatchNormConfig.builder()
          .eps(given.eps)
          .averaging(averaging)
          .nonFinite(given.nonFinite)
          .unknownKey(given.unknownKey)
          .build();
    } catch (IllegalArgumentException e) {
      faults.add("--" + e.getMessage());
      return null;
    }
  }

  private Averaging averaging() {
    if (given.averaging != Averaging.Kind.EXPONENTIAL) {
      if (given.momentum != null) {
        faults.add(
            "--momentum is for --averaging exponential, not %s".formatted(given.averaging.code()));
      }
      return new Averaging(given.averaging, 0);
    }
    try {
      return given.momentum == null ? Averaging.DEFAULT : Averaging.exponential(given.momentum);
    } catch (IllegalArgumentException e) {
      faults.add("--" + e.getMessage());
      return Averaging.DEFAULT;
    }
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
    boolean wantsCount = wantsCount();
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

  /** Whether statistics must say how many values are behind them. */
  private boolean wantsCount() {
    return given.mode == Mode.TRAIN && given.averaging == Averaging.Kind.POPULATION;
  }

  private ControlFile control() {
    if (given.control == null) {
      return ControlFile.EMPTY;
    }
    Location location = location("--control", given.control, List.of("jsonl:FILE"));
    if (location == null || !paths.regularFile("--control", location.path())) {
      return ControlFile.EMPTY;
    }
    try {
      return ControlFile.read(location.path(), wantsCount());
    } catch (IOException e) {
      faults.add("--control: %s: %s".formatted(location.path(), FailureText.of(e)));
      return ControlFile.EMPTY;
    }
  }

  private void checkMode(ControlFile control) {
    boolean served =
        given.statisticsIn != null || control.loads() || given.unknownKey == UnknownKey.INITIAL;
    if (given.mode == Mode.ADAPT) {
      faults.add("--mode is \"adapt\", wanted train or eval");
    }
    if (given.mode == Mode.EVAL && !served) {
      faults.add(
          "--mode eval wants statistics; give --statistics-in, --control with a load, or"
              + " --unknown-key initial");
    }
    if (given.mode == Mode.EVAL && given.freezeAfter != null) {
      faults.add("--freeze-after is for --mode train, eval mode never learns");
    }
  }

  private int batchSize(Location input) {
    boolean npy = input != null && input.scheme().equals("npy");
    int size = given.batchSize == null ? (npy ? 0 : DEFAULT_BATCH_SIZE) : given.batchSize;
    if (given.batchSize != null && (size < 1 || size > MAX_BATCH_SIZE)) {
      faults.add("--batch-size is %d, wanted 1 to %d".formatted(size, MAX_BATCH_SIZE));
    }
    return size;
  }

  private Duration timeout(Location input) {
    Duration timeout = duration("--batch-timeout", given.batchTimeout, MIN_TIMEOUT);
    boolean csv = input == null || input.scheme().equals("csv");
    if (timeout != null && (!csv || given.timeColumn == null)) {
      faults.add("--batch-timeout is event time, it wants a csv input with --time-column");
    }
    return timeout;
  }

  private Duration duration(String option, String text, Duration min) {
    if (text == null) {
      return null;
    }
    try {
      Duration duration = TimeUtils.parseDuration(text);
      if (duration.compareTo(min) >= 0 && duration.compareTo(MAX_DURATION) <= 0) {
        return duration;
      }
    } catch (IllegalArgumentException | ArithmeticException e) {
      // Told below, with an example.
    }
    faults.add(
        "%s is \"%s\", wanted %d ms or more, such as 500ms, 10s or 5min"
            .formatted(option, text, min.toMillis()));
    return null;
  }

  private List<Directive> freeze() {
    if (given.freezeAfter == null) {
      return List.of();
    }
    if (given.freezeAfter < 1) {
      faults.add("--freeze-after is %d, wanted 1 or more".formatted(given.freezeAfter));
      return List.of();
    }
    return List.of(Directive.freeze(Directive.ALL_KEYS).afterBatches(given.freezeAfter));
  }

  private EngineOptions engine() {
    if (given.parallelism != null && (given.parallelism < 1 || given.parallelism > 128)) {
      faults.add("--parallelism is %d, wanted 1 to 128".formatted(given.parallelism));
    }
    if (given.stateBackend != null && !List.of("hashmap", "rocksdb").contains(given.stateBackend)) {
      faults.add(
          "--state-backend is \"%s\", wanted hashmap or rocksdb".formatted(given.stateBackend));
    }
    Duration interval =
        duration("--checkpoint-interval", given.checkpointInterval, MIN_CHECKPOINT_INTERVAL);
    if (interval == null && given.checkpointDir != null) {
      interval = Duration.ofSeconds(10);
    }
    return new EngineOptions(given.parallelism, checkpointDir(), interval, given.stateBackend);
  }

  private String checkpointDir() {
    if (given.checkpointDir == null) {
      return null;
    }
    if (given.checkpointDir.contains("://")) {
      paths.fileSystem("--checkpoint-dir", given.checkpointDir);
      return given.checkpointDir;
    }
    Path folder = path("--checkpoint-dir", given.checkpointDir);
    if (folder == null) {
      return null;
    }
    paths.folder("--checkpoint-dir", folder);
    return folder.toUri().toString();
  }
}
