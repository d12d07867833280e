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
import java.io.UncheckedIOException;
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

  private final RunCommand given;
  private final List<String> faults = new ArrayList<>();

  RunChecks(RunCommand given) {
    this.given = given;
  }

  RunOptions.Checked check() {
    Location input = location("--input", given.input, INPUTS);
    Location output = location("--output", given.output, OUTPUTS);
    CsvColumns columns = columns(input);
    BatchNormConfig config = config();
    StatisticsFile loaded = loaded();
    Path statisticsOut = file("--statistics-out", given.statisticsOut);
    Location rejected =
        given.rejected == null
            ? null
            : location("--rejected", given.rejected, List.of("jsonl:DIR"));
    ControlFile control = control();
    checkPaths(input, output, rejected);
    checkEval(loaded, control);
    RunOptions options =
        new RunOptions(
            input,
            output,
            given.mode,
            config,
            batchSize(input),
            timeout(columns),
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

  private Path file(String option, String text) {
    Path path = text == null ? null : Location.path(option, text, faults).orElse(null);
    if (path != null && Files.isDirectory(path)) {
      faults.add("%s is the folder %s, wanted a file".formatted(option, path));
    }
    return path;
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
      Inputs.csvFaults(file, columns).forEach(fault -> faults.add("%s: %s".formatted(file, fault)));
    } catch (IOException | RuntimeException e) {
      faults.add("--input %s: %s".formatted(file, FailureText.of(e)));
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
    Path file = file("--statistics-in", given.statisticsIn);
    if (file == null || Files.isDirectory(file)) {
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
    boolean population = given.mode == Mode.TRAIN && given.averaging == Averaging.Kind.POPULATION;
    statistics.byKey().entrySet().stream()
        .filter(entry -> population)
        .filter(entry -> entry.getValue().count() == RunningStatistics.UNKNOWN_COUNT)
        .findFirst()
        .ifPresent(
            entry ->
                faults.add(
                    "--statistics-in: %s has no tensor \"%s.count\", which --averaging population wants to go on from; use another averaging"
                        .formatted(file, entry.getKey())));
  }

  private ControlFile control() {
    if (given.control == null) {
      return ControlFile.EMPTY;
    }
    Location location = location("--control", given.control, List.of("jsonl:FILE"));
    if (location == null) {
      return ControlFile.EMPTY;
    }
    try {
      return ControlFile.read(location.path());
    } catch (IOException e) {
      faults.add("--control: " + FailureText.of(e));
      return ControlFile.EMPTY;
    }
  }

  private void checkPaths(Location input, Location output, Location rejected) {
    if (input != null) {
      checkInput(input);
    }
    checkOutput("--output", output, input);
    checkOutput("--rejected", rejected, input);
  }

  private void checkInput(Location input) {
    Path path = input.path();
    if (!Files.exists(path)) {
      faults.add("--input: there is no %s".formatted(path));
    } else if (input.scheme().equals("csv")) {
      if (Files.isDirectory(path)) {
        faults.add("--input: %s is a folder, csv wants a file".formatted(path));
      }
    } else if (!Files.isDirectory(path)) {
      faults.add(
          "--input: %s is a file, %s wants a folder DIR with DIR/KEY/..."
              .formatted(path, input.scheme()));
    } else {
      checkHasFiles(input);
    }
  }

  private void checkHasFiles(Location input) {
    boolean images = input.scheme().equals("images");
    try {
      if (!Inputs.hasFiles(input.path(), images)) {
        faults.add(
            "--input: there is no %s in %s, wanted DIR/KEY/%s"
                .formatted(
                    images ? "image" : ".npy file", input.path(), images ? "*.png" : "*.npy"));
      }
    } catch (UncheckedIOException e) {
      faults.add("--input: " + FailureText.of(e.getCause()));
    }
  }

  private void checkOutput(String option, Location output, Location input) {
    if (output == null || output.scheme().equals(Location.NONE)) {
      return;
    }
    Path path = output.path();
    if (Files.exists(path) && !Files.isDirectory(path)) {
      faults.add("%s: %s is a file, wanted a folder".formatted(option, path));
    }
    boolean folder = input != null && !input.scheme().equals("csv");
    if (folder && (path.startsWith(input.path()) || input.path().startsWith(path))) {
      faults.add(
          "%s: %s and the input %s lie in one another, wanted separate folders"
              .formatted(option, path, input.path()));
    }
  }

  private void checkEval(StatisticsFile loaded, ControlFile control) {
    boolean served =
        loaded != null
            || given.statisticsIn != null
            || !control.directives().isEmpty()
            || given.unknownKey == UnknownKey.INITIAL;
    if (given.mode == Mode.EVAL && !served) {
      faults.add("--mode eval wants --statistics-in, or --control with a load");
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

  private Duration timeout(CsvColumns columns) {
    Duration timeout = duration("--batch-timeout", given.batchTimeout);
    if (timeout != null && (columns == null || columns.time() == null)) {
      faults.add("--batch-timeout is event time, it wants a csv input with --time-column");
    }
    return timeout;
  }

  private Duration duration(String option, String text) {
    if (text == null) {
      return null;
    }
    try {
      Duration duration = TimeUtils.parseDuration(text);
      if (duration.toMillis() >= 1) {
        return duration;
      }
    } catch (IllegalArgumentException | ArithmeticException e) {
      // Told below, with an example.
    }
    faults.add("%s is \"%s\", wanted a time such as 500ms, 10s or 5min".formatted(option, text));
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
    Duration interval = duration("--checkpoint-interval", given.checkpointInterval);
    if (interval == null && given.checkpointDir != null) {
      interval = Duration.ofSeconds(10);
    }
    String directory = given.checkpointDir;
    if (directory != null && !directory.contains("://")) {
      directory =
          Location.path("--checkpoint-dir", directory, faults)
              .map(path -> path.toUri().toString())
              .orElse(null);
    }
    return new EngineOptions(given.parallelism, directory, interval, given.stateBackend);
  }
}
