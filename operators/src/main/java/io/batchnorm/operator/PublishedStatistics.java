package io.batchnorm.operator;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.Directive;
import io.batchnorm.types.KeyStatistics;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.metrics.Gauge;

/**
 * The latest statistics of every key that a statistics stream has told, in broadcast state: every
 * subtask has the same, also after a restore or rescale.
 *
 * <p>What is latest is decided by {@link KeyStatistics#replaces}. The word that a key was reset is
 * kept in the place of its statistics, so that state holds the last word of the stream on every
 * key. It has no batches behind it, so whatever comes next replaces it: a key that starts anew has
 * fewer batches than before, and nothing tells its statistics from a straggler's of before the
 * reset. The stream must therefore be in order within a key, as that of {@link NormalizedStream}
 * is.
 */
final class PublishedStatistics implements Gauge<Long> {
  static final MapStateDescriptor<String, KeyStatistics> STATISTICS =
      new MapStateDescriptor<>("statistics", Types.STRING, BatchNormTypes.KEY_STATISTICS);

  private final BroadcastState<String, KeyStatistics> state;
  private final AtomicLong keys = new AtomicLong();

  private PublishedStatistics(BroadcastState<String, KeyStatistics> state) {
    this.state = state;
  }

  /**
   * The statistics as they were. Only if there was nothing, those of {@code initial}: a stream that
   * was followed once has gone on from them, and a version that it replaced never comes back.
   */
  static PublishedStatistics restored(OperatorStateStore store, SeedDirectives initial)
      throws Exception {
    PublishedStatistics published = new PublishedStatistics(store.getBroadcastState(STATISTICS));
    if (!published.state.iterator().hasNext()) {
      for (Directive load : initial.directives()) {
        published.state.put(load.key(), KeyStatistics.of(load.key(), load.statistics(), true));
      }
    }
    published.keys.set(published.byKey().size());
    return published;
  }

  /**
   * Takes in what the stream says.
   *
   * @return whether it changed anything; not if it is an older version
   */
  boolean publish(KeyStatistics update) throws Exception {
    KeyStatistics earlier = state.get(update.key());
    if (earlier != null && !update.replaces(earlier)) {
      return false;
    }
    state.put(update.key(), update);
    boolean was = earlier != null && !earlier.isForgotten();
    keys.addAndGet((update.isForgotten() ? 0 : 1) - (was ? 1 : 0));
    return true;
  }

  /** What is known of a key; null if it was never told, or forgotten since. */
  RunningStatistics of(String key) throws Exception {
    KeyStatistics latest = state.get(key);
    return latest == null || latest.isForgotten() ? null : latest.statistics();
  }

  /** A copy of all that there are. */
  Map<String, RunningStatistics> byKey() throws Exception {
    Map<String, RunningStatistics> byKey = new HashMap<>();
    for (Map.Entry<String, KeyStatistics> entry : state.immutableEntries()) {
      if (!entry.getValue().isForgotten()) {
        byKey.put(entry.getKey(), entry.getValue().statistics());
      }
    }
    return byKey;
  }

  /** Keys that there are statistics of, which are all frozen here. */
  @Override
  public Long getValue() {
    return keys.get();
  }
}
