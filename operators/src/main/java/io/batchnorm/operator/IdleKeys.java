package io.batchnorm.operator;

import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.TimerService;

/**
 * When keys were used, to find those that were not for a time to live, in processing time. Every
 * key has one timer. It is moved at most 16 times in that time, so keys live up to a sixteenth
 * longer.
 *
 * <p>What a job did not do while it was down says nothing about its keys: after a restore each has
 * another sixteenth, in which the records that have piled up may come.
 */
final class IdleKeys {
  /** Of each key: when it was used, and whether statistics of its present life were told. */
  private static final ValueStateDescriptor<Tuple2<Long, Boolean>> STATE =
      new ValueStateDescriptor<>("last-used", Types.TUPLE(Types.LONG, Types.BOOLEAN));

  private static final long STEPS = 16;

  /** The time of a key whose samples wait for their batch: it is not idle until that comes. */
  private static final long IN_USE = Long.MAX_VALUE;

  private final long ttl;
  private final ValueState<Tuple2<Long, Boolean>> state;
  private Long start;

  /**
   * @param ttl in milliseconds, 0 if keys live for ever
   */
  IdleKeys(long ttl, KeyedStateStore store) {
    this.ttl = ttl;
    this.state = store.getState(STATE);
  }

  /**
   * The current key is used now.
   *
   * @param isNew whether there was no state of it, so that it begins a life
   */
  void used(boolean isNew, TimerService timers) throws Exception {
    if (ttl == 0) {
      return;
    }
    Tuple2<Long, Boolean> before = state.value();
    long now = now(timers);
    if (before == null || before.f0 == IN_USE || now - before.f0 >= ttl / STEPS) {
      move(before, Tuple2.of(now, before == null ? !isNew : before.f1), timers);
    }
  }

  /** The current key is in use until the next {@link #used}. */
  void opened(TimerService timers) throws Exception {
    Tuple2<Long, Boolean> before = state.value();
    if (before != null) {
      move(before, Tuple2.of(IN_USE, before.f1), timers);
    }
  }

  private void move(Tuple2<Long, Boolean> before, Tuple2<Long, Boolean> after, TimerService timers)
      throws Exception {
    if (before != null && before.f0 != IN_USE) {
      timers.deleteProcessingTimeTimer(deadline(before));
    }
    if (after.f0 != IN_USE) {
      timers.registerProcessingTimeTimer(deadline(after));
    }
    state.update(after);
  }

  private long deadline(Tuple2<Long, Boolean> used) {
    return used.f0 + ttl + ttl / STEPS;
  }

  private long now(TimerService timers) {
    long now = timers.currentProcessingTime();
    if (start == null) {
      start = now;
    }
    return now;
  }

  /**
   * Whether the current key, whose timer fires, is idle; if it is not yet, the timer is set anew.
   */
  boolean isIdle(TimerService timers) throws Exception {
    Tuple2<Long, Boolean> used = ttl == 0 ? null : state.value();
    if (used == null || used.f0 == IN_USE) {
      return false;
    }
    long now = now(timers);
    long due = Math.max(deadline(used), start + ttl / STEPS);
    if (now < due) {
      timers.registerProcessingTimeTimer(due);
    }
    return now >= due;
  }

  /**
   * Statistics of the current key are told.
   *
   * @return whether they are the first of a life that is not known to be the key's only one
   */
  boolean announce() throws Exception {
    Tuple2<Long, Boolean> used = state.value();
    boolean first = used != null && !used.f1;
    if (first) {
      state.update(Tuple2.of(used.f0, true));
    }
    return first;
  }

  /** Clears what is known of the current key. */
  void forget() {
    state.clear();
  }
}
