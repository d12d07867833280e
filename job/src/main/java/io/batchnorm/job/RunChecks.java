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
  private static final int DEFAULT_BATCH_SIZE = 32;
  private static final int MAX_BATCH_SIZE = 1 << 20;
  private static final Duration MIN_TIMEOUT = Duration.ofMillis(1);
  private static final Duration MIN_TTL = Duration.ofMillis(1);

  private final RunCommand given;
  private final List<String> faults = new ArrayList<>();
  private final PathChecks paths = new PathChecks(faults);

  RunChecks(RunCommand given) {
    this.given = given;
  }

  RunOptions.Checked check() {
    RunLocations locations = RunLocations.of(given, faults);
    Location input = locations.input();
    CsvColumns columns = columns(input);
    BatchNormConfig config = config();
    String name = KafkaChecks.jobName(given.mode.name(), input, locations.output());
    KafkaOptions kafka =
        new KafkaChecks(given.kafka, faults)
            .check(locations.topics(), given.meansTopics(), name)
            .orElse(null);
    TopicChecks topics = new TopicChecks(given, locations, kafka, faults);
    StatisticsOptions statistics =
        new StatisticsChecks(given, locations, faults).check(topics.statistics());
    Commands control = topics.isControlled() ? topics.control() : control(locations.control());
    paths.input(input);
    paths.outputFolder("--output", locations.output(), input);
    paths.outputFolder("--rejected", locations.rejected(), input);
    boolean controlled = topics.isControlled() || !control.directives().isEmpty();
    checkMode(controlled && (control.loads() || topics.isControlled()));
    checkServing(controlled);
    RunOptions options =
        new RunOptions(
            input,
            locations.output(),
            given.mode,
            config,
            batchSize(input),
            timeout(input),
            columns,
            given.adapt == null ? 0 : given.adapt,
            statistics,
            locations.rejected(),
            control,
            freeze(),
            new SliceChecks(given, faults).check(controlled, topics.isControlled()),
            stateTtl(),
            kafka,
            topics.live(),
            new EngineChecks(given, faults).check(!locations.topics().isEmpty()));
    return new RunOptions.Checked(faults.isEmpty() ? options : null, List.copyOf(faults));
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

  private Commands control(Location location) {
    if (location == null || !paths.regularFile("--control", location.path())) {
      return Commands.EMPTY;
    }
    try {
      return Commands.read(location.path(), given.wantsCount());
    } catch (IOException e) {
      faults.add("--control: %s: %s".formatted(location.path(), FailureText.of(e)));
      return Commands.EMPTY;
    }
  }

  private void checkMode(boolean loads) {
    boolean served =
        given.statisticsIn != null
            || given.statisticsFrom != null
            || given.savepoint != null
            || loads
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
  private void checkServing(boolean controlled) {
    if (given.adapt != null) {
      if (!(given.adapt >= 0 && given.adapt <= 1)) {
        faults.add(
            "--adapt is %s, wanted a number in [0, 1]: the weight of the batch"
                .formatted(given.adapt));
      }
      servingOnly("--adapt", controlled);
    }
    if (given.statisticsFrom != null) {
      servingOnly("--statistics-from", controlled);
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

  private void servingOnly(String option, boolean controlled) {
    if (given.mode != Mode.EVAL) {
      faults.add("%s is for --mode eval".formatted(option));
    }
    if (controlled || given.savepoint != null) {
      faults.add(
          "%s does not go with %s, which wants the state of each key"
              .formatted(option, given.savepoint != null ? "--savepoint" : "--control"));
    }
  }

  private int batchSize(Location input) {
    boolean batches = input != null && (input.isTopic() || input.scheme().equals("npy"));
    int size = given.batchSize == null ? (batches ? 0 : DEFAULT_BATCH_SIZE) : given.batchSize;
    if (given.batchSize != null && (size < 1 || size > MAX_BATCH_SIZE)) {
      faults.add("--batch-size is %d, wanted 1 to %d".formatted(size, MAX_BATCH_SIZE));
    }
    return size;
  }

  private Duration timeout(Location input) {
    Duration timeout =
        Durations.parse("--batch-timeout", given.batchTimeout, MIN_TIMEOUT, faults).orElse(null);
    boolean csv = input == null || input.scheme().equals("csv");
    boolean topic = input != null && input.isTopic();
    if (timeout != null && !topic && (!csv || given.timeColumn == null)) {
      faults.add(
          "--batch-timeout is event time, it wants a kafka input, or a csv input with"
              + " --time-column");
    }
    if (timeout != null && topic && given.batchSize == null) {
      faults.add("--batch-timeout wants --batch-size, without it each record is a batch");
    }
    return timeout;
  }

  private Duration stateTtl() {
    if (given.stateTtl != null && given.mode == Mode.EVAL) {
      faults.add(
          "--state-ttl is for --mode train: in eval mode nothing is learned again, so what a"
              + " savepoint brought of a key would be lost for good");
    }
    if (given.stateTtl != null && given.channelsPerSlice != null) {
      faults.add(
          "--state-ttl does not go with --channels-per-slice, whose slices of a key are in several"
              + " subtasks and count what comes to them: they cannot be forgotten at once");
    }
    return Durations.parse("--state-ttl", given.stateTtl, MIN_TTL, faults).orElse(null);
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
