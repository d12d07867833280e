package io.batchnorm.table;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.Mode;
import io.batchnorm.core.NonFinite;
import io.batchnorm.operator.Batching;
import java.io.Serializable;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.functions.TableSemantics;
import org.apache.flink.table.types.inference.CallContext;

/**
 * One call of BATCH_NORM, checked.
 *
 * @param features where the numbers are
 * @param output what comes out beside the columns of PARTITION BY
 * @param batching which rows go together
 * @param config of the layer of every key
 * @param mode {@link Mode#EVAL} never learns
 * @param freezeAfter batches of a key after which it is frozen, 0 for never
 */
record BatchNormCall(
    FeatureColumns features,
    OutputRows output,
    Batching batching,
    BatchNormConfig config,
    Mode mode,
    long freezeAfter)
    implements Serializable {

  private static final int DEFAULT_BATCH_SIZE = 32;
  private static final String TIMEOUT_EXAMPLE = "INTERVAL '10' MINUTE";

  /**
   * Reads a call while it is planned.
   *
   * @param complete whether all values can be seen, as when the function is made that will run
   * @throws ValidationException naming every fault
   */
  static BatchNormCall of(CallContext context, boolean complete) {
    TableSemantics input =
        context
            .getTableSemantics(Argument.INPUT.ordinal())
            .orElseThrow(
                () ->
                    new ValidationException(
                        "BATCH_NORM: input is no table; write input => TABLE t PARTITION BY key"));
    CallArguments arguments = new CallArguments(context, complete);
    InputColumns columns = new InputColumns(input);
    columns.checkPassed(arguments);
    FeatureColumns features = columns.features(arguments);
    NonFinite nonFinite = choice(arguments, Argument.NON_FINITE, NonFinite.REJECT);
    int batchSize =
        (int) arguments.count(Argument.BATCH_SIZE, DEFAULT_BATCH_SIZE, Integer.MAX_VALUE);
    Batching batching = Batching.of(batchSize, timeout(arguments), nonFinite);
    BatchNormConfig config = config(arguments, nonFinite);
    Mode mode = mode(arguments);
    long freezeAfter = arguments.count(Argument.FREEZE_AFTER, 0, Long.MAX_VALUE);
    arguments.throwFaults();
    return new BatchNormCall(
        features, new OutputRows(columns, features), batching, config, mode, freezeAfter);
  }

  private static Duration timeout(CallArguments arguments) {
    Optional<Duration> timeout = arguments.interval(Argument.BATCH_TIMEOUT, TIMEOUT_EXAMPLE);
    if (timeout.isPresent() && timeout.get().toMillis() < 1) {
      arguments.fault(
          "batch_timeout is %s, wanted a time of at least a millisecond, such as %s"
              .formatted(timeout.get(), TIMEOUT_EXAMPLE));
    }
    if (arguments.lacksOnTime() && arguments.isGiven(Argument.BATCH_TIMEOUT)) {
      arguments.fault(
          "batch_timeout goes by the time of rows; add on_time => DESCRIPTOR(ts), a column with a"
              + " WATERMARK");
    }
    return timeout.orElse(null);
  }

  private static BatchNormConfig config(CallArguments arguments, NonFinite nonFinite) {
    Averaging averaging = averaging(arguments);
    double eps =
        arguments
            .number(Argument.EPS, "1e-5")
            .map(BigDecimal::doubleValue)
            .orElse(BatchNormConfig.DEFAULT_EPS);
    return arguments.checked(
        () -> BatchNormConfig.builder().averaging(averaging).eps(eps).nonFinite(nonFinite).build());
  }

  private static Averaging averaging(CallArguments arguments) {
    Averaging.Kind kind = choice(arguments, Argument.AVERAGING, Averaging.DEFAULT.kind());
    Optional<BigDecimal> momentum = arguments.number(Argument.MOMENTUM, "0.1");
    boolean exponential = kind == Averaging.Kind.EXPONENTIAL;
    double value =
        momentum
            .map(BigDecimal::doubleValue)
            .orElse(exponential ? Averaging.DEFAULT.momentum() : 0);
    if (!exponential && momentum.isPresent()) {
      arguments.fault(
          "momentum is %s, but %s averaging has none; leave one of them out"
              .formatted(momentum.get().toPlainString(), kind.code()));
      return Averaging.DEFAULT;
    }
    Averaging averaging = arguments.checked(() -> new Averaging(kind, value));
    return averaging == null ? Averaging.DEFAULT : averaging;
  }

  /** Not {@link Mode#ADAPT}, which is of serving. */
  private static Mode mode(CallArguments arguments) {
    String mode = arguments.text(Argument.MODE, Mode.TRAIN.code()).orElse(Mode.TRAIN.code());
    if (!mode.equals(Mode.TRAIN.code()) && !mode.equals(Mode.EVAL.code())) {
      arguments.fault("mode is '%s', wanted 'train' or 'eval'".formatted(mode));
    }
    return mode.equals(Mode.EVAL.code()) ? Mode.EVAL : Mode.TRAIN;
  }

  private static <E extends Enum<E>> E choice(
      CallArguments arguments, Argument argument, E otherwise) {
    Optional<String> text = arguments.text(argument, otherwise.name().toLowerCase(Locale.ROOT));
    if (text.isEmpty()) {
      return otherwise;
    }
    List<E> choices = Arrays.asList(otherwise.getDeclaringClass().getEnumConstants());
    for (E choice : choices) {
      if (choice.name().toLowerCase(Locale.ROOT).equals(text.get())) {
        return choice;
      }
    }
    arguments.fault(
        "%s is '%s', wanted one of %s"
            .formatted(
                argument.sqlName(),
                text.get(),
                choices.stream()
                    .map(choice -> "'" + choice.name().toLowerCase(Locale.ROOT) + "'")
                    .collect(Collectors.joining(", "))));
    return otherwise;
  }
}
