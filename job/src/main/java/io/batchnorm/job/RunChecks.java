package io.batchnorm.job;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.Mode;
import io.batchnorm.core.UnknownKey;
import io.batchnorm.job.input.CsvColumns;
import io.batchnorm.job.input.Inputs;
import io.batchnorm.types.Directive;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Checks the options of {@code run} and gathers every fault before anything starts. */
final class RunChecks {
  private static final List<String> INPUTS = List.of("npy:DIR", "images:DIR", "csv:FILE");
  private static final List<String> OUTPUTS = List.of("npy:DIR", "jsonl:DIR", Location.NONE);
  private static final int DEFAULT_BATCH_SIZE = 32;
  private static final int MAX_BATCH_SIZE = 1 << 20;
  private static final Duration MIN_TIMEOUT = Duration.ofMillis(1);

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
    StatisticsOptions statistics = new StatisticsChecks(given, faults).check();
    Location rejected =
        given.rejected == null
            ? null
            : location("--rejected", given.rejected, List.of("jsonl:DIR"));
    ControlFile control = control();
    paths.input(input);
    paths.outputFolder("--output", output, input);
    paths.outputFolder("--rejected", rejected, input);
    checkMode(control);
    checkServing(control);
    RunOptions options =
        new RunOptions(
            input,
            output,
            given.mode,
            config,
            batchSize(input),
            timeout(input),
            columns,
            given.adapt == null ? 0 : given.adapt,
            statistics,
            rejected == null ? null : rejected.path(),
            control,
            freeze(),
            new EngineChecks(given, faults).check());
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

  private ControlFile control() {
    if (given.control == null) {
      return ControlFile.EMPTY;
    }
    Location location = location("--control", given.control, List.of("jsonl:FILE"));
    if (location == null || !paths.regularFile("--control", location.path())) {
      return ControlFile.EMPTY;
    }
    try {
      return ControlFile.read(location.path(), given.wantsCount());
    } catch (IOException e) {
      faults.add("--control: %s: %s".formatted(location.path(), FailureText.of(e)));
      return ControlFile.EMPTY;
    }
  }

  private void checkMode(ControlFile control) {
    boolean served =
        given.statisticsIn != null
            || given.statisticsFrom != null
            || given.savepoint != null
            || control.loads()
            || given.unknownKey == UnknownKey.INITIAL;
    if (given.mode == Mode.ADAPT) {
      faults.add("--mode is \"adapt\", wanted train or eval");
    }
    if (given.mode == Mode.EVAL && !served) {
      faults.add(
          "--mode eval wants statistics; give --statistics-in, --statistics-from, --savepoint,"
              + " --control with a load, or --unknown-key initial");
    }
    if (given.mode == Mode.EVAL && given.freezeAfter != null) {
      faults.add("--freeze-after is for --mode train, eval mode never learns");
    }
  }

  /** What only eval mode without keyed state has, and what it has not. */
  private void checkServing(ControlFile control) {
    if (given.adapt != null) {
      if (!(given.adapt >= 0 && given.adapt <= 1)) {
        faults.add(
            "--adapt is %s, wanted a number in [0, 1]: the weight of the batch"
                .formatted(given.adapt));
      }
      servingOnly("--adapt", control);
    }
    if (given.statisticsFrom != null) {
      servingOnly("--statistics-from", control);
      if (given.statisticsOut != null) {
        faults.add("--statistics-out is not for --statistics-from, which learns nothing itself");
      }
    } else if (given.hold != null) {
      faults.add("--hold is for --statistics-from, which is missing");
    }
    boolean tells = given.statisticsStream != null || given.statisticsInterval != null;
    if (tells && given.mode == Mode.EVAL) {
      faults.add(
          "--statistics-stream and --statistics-interval are for --mode train, eval mode learns"
              + " nothing");
    }
  }

  private void servingOnly(String option, ControlFile control) {
    if (given.mode != Mode.EVAL) {
      faults.add("%s is for --mode eval".formatted(option));
    }
    if (!control.directives().isEmpty() || given.savepoint != null) {
      faults.add(
          "%s does not go with %s, which wants the state of each key"
              .formatted(option, given.savepoint != null ? "--savepoint" : "--control"));
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
    Duration timeout =
        Durations.parse("--batch-timeout", given.batchTimeout, MIN_TIMEOUT, faults).orElse(null);
    boolean csv = input == null || input.scheme().equals("csv");
    if (timeout != null && (!csv || given.timeColumn == null)) {
      faults.add("--batch-timeout is event time, it wants a csv input with --time-column");
    }
    return timeout;
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
}
