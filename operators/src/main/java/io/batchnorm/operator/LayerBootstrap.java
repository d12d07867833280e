package io.batchnorm.operator;

import io.batchnorm.types.KeyState;
import java.util.Map;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.api.common.state.BroadcastState;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.streaming.api.TimerService;

/**
 * Writes all that a restored keyed operator finds, for functions that make a savepoint out of
 * something else. One for each subtask, made in {@code initializeState}.
 */
public final class LayerBootstrap {
  private final ValueState<KeyState> state;
  private final FrozenKeys frozenKeys;

  /**
   * @param config what the statistics were learned by, see {@link SavedLayers#config()}
   */
  public LayerBootstrap(
      RuntimeContext runtime, FunctionInitializationContext context, Map<String, String> config)
      throws Exception {
    state = context.getKeyedStateStore().getState(KeyedLayers.STATE);
    frozenKeys = FrozenKeys.restored(context.getOperatorStateStore(), runtime.getTaskInfo());
    BroadcastState<String, String> saved =
        context.getOperatorStateStore().getBroadcastState(KeyedLayers.CONFIG);
    saved.putAll(config);
  }

  /** Sets the state of the current key, with the timer that tells it at end of input. */
  public void put(String key, KeyState keyState, TimerService timers) throws Exception {
    KeyState before = state.value();
    state.update(keyState);
    boolean wasFrozen = before != null && before.layer().frozen();
    frozenKeys.changed(key, wasFrozen, keyState.layer().frozen());
    timers.registerEventTimeTimer(Long.MAX_VALUE);
  }

  /** Belongs in {@code snapshotState}. */
  public void snapshot() throws Exception {
    frozenKeys.snapshot();
  }
}
