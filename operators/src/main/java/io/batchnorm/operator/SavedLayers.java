package io.batchnorm.operator;

import io.batchnorm.types.Directive;
import io.batchnorm.types.KeyState;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueStateDescriptor;

/**
 * What the keyed operator leaves in a savepoint, for those who read it there. The key is a {@code
 * String}; the uid is that of {@link BatchNormalization#uid}.
 */
public final class SavedLayers {
  private SavedLayers() {}

  /** The state of one key, as it was when a record last visited it. */
  public static ValueStateDescriptor<KeyState> layer() {
    return KeyedLayers.STATE;
  }

  /** Broadcast: the directives in force, by sequence number. */
  public static MapStateDescriptor<Long, Directive> directives() {
    return DirectiveLog.DIRECTIVES;
  }

  /**
   * Broadcast: {@link io.batchnorm.core.BatchNormConfig#asText()} of the settings that the
   * statistics were learned by; empty if nothing was learned.
   */
  public static MapStateDescriptor<String, String> config() {
    return KeyedLayers.CONFIG;
  }

  /**
   * The states of all keys as the job itself would find them now: directives that no record has
   * brought to a key yet are applied, and keys that only a directive has named, such as those of
   * {@link BatchNormalization#initialStatistics}, are there too.
   *
   * @param saved of each key that is in the savepoint
   * @param directives as saved
   */
  public static SortedMap<String, KeyState> caughtUp(
      Map<String, KeyState> saved, Map<Long, Directive> directives) {
    DirectiveIndex index = DirectiveIndex.of(directives.entrySet());
    SortedMap<String, KeyState> now = new TreeMap<>();
    for (Directive directive : directives.values()) {
      if (!directive.forAllKeys() && !saved.containsKey(directive.key())) {
        now.put(directive.key(), index.caughtUp(directive.key(), KeyState.NEW));
      }
    }
    saved.forEach((key, state) -> now.put(key, index.caughtUp(key, state)));
    return now;
  }
}
