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

  /** Beside the fingerprint: the commands from before the control stream have been taken in. */
  private static final String BEFORE_CONTROL = "before control";

  private final BroadcastState<Long, Directive> state;
  private final DirectiveIndex index;

  private DirectiveLog(BroadcastState<Long, Directive> state) throws Exception {
    this.state = state;
    this.index = DirectiveIndex.of(state.entries());
  }

  /**
   * The log as it was, and behind it {@code seeds}, unless they are those taken in last, and {@code
   * beforeControl}, unless such have ever been taken in: a restored control stream goes on where it
   * was, whatever has come to its history since.
   *
   * @param beforeControl null without a control stream that has a history
   */
  static DirectiveLog restored(
      OperatorStateStore store, SeedDirectives seeds, SeedDirectives beforeControl)
      throws Exception {
    DirectiveLog log = new DirectiveLog(store.getBroadcastState(DIRECTIVES));
    BroadcastState<String, Long> taken = store.getBroadcastState(SEEDS);
    Long history = taken.get(BEFORE_CONTROL);
    if (!seeds.isEmpty() && !taken.contains(seeds.fingerprint())) {
      log.appendAll(seeds);
      taken.clear();
      taken.put(seeds.fingerprint(), log.index.last());
    }
    if (history == null && beforeControl != null) {
      log.appendAll(beforeControl);
      history = log.index.last();
    }
    if (history != null) {
      taken.put(BEFORE_CONTROL, history);
    }
    return log;
  }

  private void appendAll(SeedDirectives directives) throws Exception {
    for (Directive directive : directives.directives()) {
      append(directive);
    }
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
