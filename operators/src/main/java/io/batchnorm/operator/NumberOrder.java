package io.batchnorm.operator;

import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;

/**
 * What of the current key goes on next, of things that are numbered from 1 without gaps.
 *
 * <p>Of a key that is new the first is number 1, if it was all seen from here. If the job was
 * restored from a savepoint of one that did not put anything together, any may be the first.
 */
final class NumberOrder {
  private final ValueState<Long> last;
  private final boolean fromStart;

  NumberOrder(FunctionInitializationContext context) throws Exception {
    last = context.getKeyedStateStore().getState(new ValueStateDescriptor<>("last", Types.LONG));
    ListState<Boolean> state =
        context
            .getOperatorStateStore()
            .getUnionListState(new ListStateDescriptor<>("from-start", Types.BOOLEAN));
    boolean start = !context.isRestored();
    for (boolean restored : state.get()) {
      start = restored;
    }
    fromStart = start;
    state.update(List.of(start));
  }

  /**
   * @param awaitsBefore whether some of a thing with a smaller number is missing
   * @throws IllegalStateException if it has passed, so that nothing would ever be next again
   */
  boolean isNext(long number, BooleanSupplier awaitsBefore) throws Exception {
    Long before = last.value();
    if (before != null && number <= before) {
      throw new IllegalStateException(
          "number %d came again behind number %d".formatted(number, before));
    }
    if (before == null && !fromStart) {
      return !awaitsBefore.getAsBoolean();
    }
    return number == (before == null ? 1 : before + 1);
  }

  void passed(long number) throws Exception {
    last.update(number);
  }
}
