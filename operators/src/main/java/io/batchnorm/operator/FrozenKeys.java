package io.batchnorm.operator;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;

/**
 * How many keys of this subtask are frozen, for the metric. Counted per key group, because key
 * groups are what moves between subtasks on a rescale; nobody could count the keys of a restored
 * state backend without reading all of them.
 *
 * <p>KeyGroupRangeAssignment is internal to Flink. There is no public way to learn the key group of
 * a key, and every state backend and the State Processor API rest on this one, which cannot change
 * without making all savepoints unreadable.
 */
final class FrozenKeys implements Gauge<Long> {
  private static final ListStateDescriptor<Tuple2<Integer, Long>> DESCRIPTOR =
      new ListStateDescriptor<>("frozen-keys", Types.TUPLE(Types.INT, Types.LONG));

  private final int maxParallelism;
  private final ListState<Tuple2<Integer, Long>> state;
  private final Map<Integer, Long> byKeyGroup = new HashMap<>();
  private final AtomicLong total = new AtomicLong();

  private FrozenKeys(int maxParallelism, ListState<Tuple2<Integer, Long>> state) {
    this.maxParallelism = maxParallelism;
    this.state = state;
  }

  static FrozenKeys restored(OperatorStateStore store, TaskInfo task) throws Exception {
    int maxParallelism = task.getMaxNumberOfParallelSubtasks();
    FrozenKeys keys = new FrozenKeys(maxParallelism, store.getUnionListState(DESCRIPTOR));
    KeyGroupRange own =
        KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(
            maxParallelism, task.getNumberOfParallelSubtasks(), task.getIndexOfThisSubtask());
    for (Tuple2<Integer, Long> count : keys.state.get()) {
      if (own.contains(count.f0)) {
        keys.add(count.f0, count.f1);
      }
    }
    return keys;
  }

  /** The freeze of {@code key} went from one to the other. */
  void changed(String key, boolean before, boolean after) {
    if (before != after) {
      add(KeyGroupRangeAssignment.assignToKeyGroup(key, maxParallelism), after ? 1 : -1);
    }
  }

  private void add(int keyGroup, long count) {
    byKeyGroup.merge(keyGroup, count, Long::sum);
    total.addAndGet(count);
  }

  void snapshot() throws Exception {
    state.clear();
    for (Map.Entry<Integer, Long> entry : byKeyGroup.entrySet()) {
      state.add(Tuple2.of(entry.getKey(), entry.getValue()));
    }
  }

  @Override
  public Long getValue() {
    return total.get();
  }
}
