package io.batchnorm.operator;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.Directive;
import io.batchnorm.types.KeyState;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeinfo.Types;

/**
 * All directives in force, in broadcast state: every subtask has the same, in the same order, also
 * after a restore or rescale. Keys take them in lazily, see {@link DirectiveIndex}.
 */
final class DirectiveLog {
  /** By sequence number. The control stream of a controlled operator names this descriptor too. */
  static final MapStateDescriptor<Long, Directive> DIRECTIVES =
      new MapStateDescriptor<>("directives", Types.LONG, BatchNormTypes.DIRECTIVE);

  /** Fingerprint of the seeds taken in last, with the sequence number of the last of them. */
  private static final MapStateDescriptor<String, Long> SEEDS =
      new MapStateDescriptor<>("directive-seeds", Types.STRING, Types.LONG);

  private final BroadcastState<Long, Directive> state;
  private final DirectiveIndex index;

  private DirectiveLog(BroadcastState<Long, Directive> state) throws Exception {
    this.state = state;
    this.index = DirectiveIndex.of(state.entries());
  }

  /** The log as it was, and {@code seeds} behind it unless they are those taken in last. */
  static DirectiveLog restored(OperatorStateStore store, SeedDirectives seeds) throws Exception {
    DirectiveLog log = new DirectiveLog(store.getBroadcastState(DIRECTIVES));
    BroadcastState<String, Long> taken = store.getBroadcastState(SEEDS);
    if (!seeds.isEmpty() && !taken.contains(seeds.fingerprint())) {
      for (Directive directive : seeds.directives()) {
        log.append(directive);
      }
      taken.clear();
      taken.put(seeds.fingerprint(), log.index.last());
    }
    return log;
  }

  void append(Directive directive) throws Exception {
    long sequence = index.last() + 1;
    for (long superseded : index.add(sequence, directive)) {
      state.remove(superseded);
    }
    state.put(sequence, directive);
  }

  KeyState caughtUp(String key, KeyState keyState) {
    return index.caughtUp(key, keyState);
  }

  KeyState afterBatch(KeyState keyState) {
    return index.afterBatch(keyState);
  }
}
