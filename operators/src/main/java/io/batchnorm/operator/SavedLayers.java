package io.batchnorm.operator;

import io.batchnorm.core.LayerState;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.Slice;
import io.batchnorm.types.Directive;
import io.batchnorm.types.KeyState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.flink.api.common.state.MapStateDescriptor;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.java.tuple.Tuple4;

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
   * The uid of the operator that has all this instead, if layers are sliced: then {@link #layer}
   * are there layers without what they learned, and at the uid those of the slices, by {@link
   * io.batchnorm.types.SlicePart#sliceKey}.
   */
  public static String slicerUid(String uid) {
    return uid + SlicedNormalization.SLICER;
  }

  /** Of a sliced layer: what was sent to its slices. Null if they have begun with nothing yet. */
  public static ValueStateDescriptor<Tuple4<Long, Integer, Long, Long>> sent() {
    return SliceFunction.SENT;
  }

  /** How many channels a slice has, by {@link #config}; 0 if layers are not sliced. */
  public static int channelsPerSlice(Map<String, String> config) {
    return SliceNote.of(config);
  }

  /** What {@link #config} says of layers that are sliced so; nothing for 0. */
  public static Map<String, String> sliceConfig(int channelsPerSlice) {
    return channelsPerSlice == SliceNote.NONE
        ? Map.of()
        : Map.of(SliceNote.WIDTH, Integer.toString(channelsPerSlice));
  }

  /** Why a savepoint of layers that are sliced in one way is of no use to others; 0 for not. */
  public static String sliceMismatch(int saved, int wanted) {
    return SliceNote.mismatch(saved, wanted);
  }

  /**
   * The state of a whole layer.
   *
   * @param leader as saved with the slicer
   * @param turn the last that it has sent
   * @param slices of the key, by index, as saved
   * @throws IllegalStateException if not all of them have come to that turn
   */
  public static KeyState joined(
      KeyState leader, long turn, Map<Integer, KeyState> slices, int width) {
    RunningStatistics led = leader.layer().statistics().orElse(null);
    if (led == null) {
      return leader;
    }
    List<RunningStatistics> parts = new ArrayList<>();
    for (int i = 0; i < Slice.count(led.numFeatures(), width); i++) {
      KeyState slice = slices.get(i);
      RunningStatistics part = slice == null ? null : slice.layer().statistics().orElse(null);
      if (part == null || slice.batches() != turn) {
        throw new IllegalStateException(
            "slice %d is not behind the same batch as others: it is of an unaligned checkpoint, with batches on their way; take a savepoint"
                .formatted(i));
      }
      parts.add(part);
    }
    LayerState layer =
        LayerState.of(
            Slice.joined(parts), leader.layer().inputRank().orElse(null), leader.layer().frozen());
    return KeyState.of(layer, leader.batches(), leader.lastDirective(), leader.waiting());
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
