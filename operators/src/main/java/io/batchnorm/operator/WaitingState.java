package io.batchnorm.operator;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.BatchPart;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;

/**
 * Keyed state of what waits in the memory of an operator, which is written when a snapshot is taken
 * and at no other time: no state backend sees tensors unless the barrier of an unaligned checkpoint
 * comes between the pieces of a batch. Where that never happens, there is no such state.
 *
 * <p>KeyedStateBackend and VoidNamespace are internal to Flink. There is no public way to find the
 * keys of a restored state, other than to ask for it whenever a record comes.
 */
final class WaitingState {
  private static final String NAME = "waiting";

  private final AbstractStreamOperator<?> operator;
  private final List<String> written = new ArrayList<>();

  WaitingState(AbstractStreamOperator<?> operator) {
    this.operator = operator;
  }

  private static ListStateDescriptor<Tuple2<BatchPart, Long>> descriptor() {
    return new ListStateDescriptor<>(NAME, Types.TUPLE(BatchNormTypes.BATCH_PART, Types.LONG));
  }

  /** Gives what waited at the snapshot, in order within a key. */
  void restore(KeyedStateStore store, BiConsumer<String, Timed> receiver) throws Exception {
    List<String> keys;
    try (Stream<String> stream =
        operator.<String>getKeyedStateBackend().getKeys(NAME, VoidNamespace.INSTANCE)) {
      keys = stream.toList();
    }
    for (String key : keys) {
      operator.setCurrentKey(key);
      ListState<Tuple2<BatchPart, Long>> state = store.getListState(descriptor());
      for (Tuple2<BatchPart, Long> part : state.get()) {
        receiver.accept(key, new Timed(part.f0, part.f1));
      }
      state.clear();
    }
  }

  /** Writes what waits now, in the place of what waited at the snapshot before. */
  void snapshot(Map<String, List<Timed>> waiting) throws Exception {
    for (String key : written) {
      state(key).clear();
    }
    written.clear();
    for (Map.Entry<String, List<Timed>> entry : waiting.entrySet()) {
      ListState<Tuple2<BatchPart, Long>> state = state(entry.getKey());
      for (Timed timed : entry.getValue()) {
        state.add(Tuple2.of(timed.part(), timed.timestamp()));
      }
      written.add(entry.getKey());
    }
  }

  private ListState<Tuple2<BatchPart, Long>> state(String key) {
    operator.setCurrentKey(key);
    return operator.getKeyedStateStore().getListState(descriptor());
  }
}
