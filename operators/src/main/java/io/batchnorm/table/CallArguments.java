package io.batchnorm.table;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.types.ColumnList;

/** Reads the arguments of a call while it is planned, and gathers what is wrong with them. */
final class CallArguments {
  private final CallContext context;
  private final boolean complete;
  private final List<String> faults = new ArrayList<>();

  /**
   * @param complete whether every value can be seen; while a query is validated, those that are
   *     converted to another type cannot
   */
  CallArguments(CallContext context, boolean complete) {
    this.context = context;
    this.complete = complete;
  }

  Optional<BigDecimal> number(Argument argument, String example) {
    return literal(argument, BigDecimal.class, example);
  }

  /** A whole number from 1 on, or what stands for an argument that is left out. */
  long count(Argument argument, long otherwise, long most) {
    Optional<BigDecimal> value = number(argument, "100");
    if (value.isPresent() && !isCount(value.get(), most)) {
      fault(
          "%s is %s, wanted a whole number from 1 to %d"
              .formatted(argument.sqlName(), value.get().toPlainString(), most));
      return otherwise;
    }
    return value.map(BigDecimal::longValue).orElse(otherwise);
  }

  private static boolean isCount(BigDecimal value, long most) {
    return value.compareTo(BigDecimal.ONE) >= 0
        && value.compareTo(BigDecimal.valueOf(most)) <= 0
        && value.stripTrailingZeros().scale() <= 0;
  }

  Optional<String> text(Argument argument, String example) {
    return literal(argument, String.class, "'" + example + "'");
  }

  Optional<Duration> interval(Argument argument, String example) {
    return literal(argument, Duration.class, example);
  }

  Optional<List<String>> columns(Argument argument) {
    return columnsAt(argument.ordinal());
  }

  /** Whether the call could have said which column is its time, and has not. */
  boolean lacksOnTime() {
    return Argument.ON_TIME < context.getArgumentDataTypes().size()
        && columnsAt(Argument.ON_TIME).isEmpty();
  }

  boolean isGiven(Argument argument) {
    return !context.isArgumentNull(argument.ordinal());
  }

  private Optional<List<String>> columnsAt(int position) {
    return context.isArgumentNull(position)
        ? Optional.empty()
        : context.getArgumentValue(position, ColumnList.class).map(ColumnList::getNames);
  }

  private <T> Optional<T> literal(Argument argument, Class<T> type, String example) {
    int position = argument.ordinal();
    if (!isGiven(argument)) {
      return Optional.empty();
    }
    Optional<T> value =
        context.isArgumentLiteral(position)
            ? context.getArgumentValue(position, type)
            : Optional.empty();
    if (value.isEmpty() && complete) {
      fault(
          "%s is an expression, wanted a literal such as %s => %s"
              .formatted(argument.sqlName(), argument.sqlName(), example));
    }
    return value;
  }

  void fault(String fault) {
    faults.add(fault);
  }

  /** What the supplier makes, or null and its complaint among the faults. */
  <T> T checked(Supplier<T> supplier) {
    try {
      return supplier.get();
    } catch (IllegalArgumentException e) {
      fault(e.getMessage());
      return null;
    }
  }

  /**
   * Ends the reading.
   *
   * @throws ValidationException naming every fault
   */
  void throwFaults() {
    if (!faults.isEmpty()) {
      throw new ValidationException("BATCH_NORM: " + String.join("; ", faults));
    }
  }
}
