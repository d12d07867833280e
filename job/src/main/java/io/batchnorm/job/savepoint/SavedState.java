package io.batchnorm.job.savepoint;

import io.batchnorm.operator.SavedLayers;
import io.batchnorm.types.Directive;
import io.batchnorm.types.DirectiveSerializer;
import io.batchnorm.types.KeyState;
import io.batchnorm.types.KeyStateSerializer;
import io.batchnorm.types.SlicePart;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * All that one operator has in a savepoint, put together from parts in any order. A part is its
 * kind, its name and its bytes, so that one job can bring all kinds.
 */
final class SavedState {
  static final TypeInformation<Tuple3<Integer, String, byte[]>> PART =
      Types.TUPLE(Types.INT, Types.STRING, Types.PRIMITIVE_ARRAY(Types.BYTE));

  static final int LAYER = 0;
  static final int SLICE = 3;
  static final int LEADER = 4;
  private static final int DIRECTIVE = 1;
  private static final int CONFIG = 2;

  private final Map<String, KeyState> layers = new HashMap<>();
  private final Map<String, Leader> leaders = new HashMap<>();
  private final Map<String, Map<Integer, KeyState>> slices = new HashMap<>();
  private final Map<Long, Directive> directives = new TreeMap<>();
  private final Map<String, String> config = new TreeMap<>();

  private record Leader(KeyState state, long turn) {}

  static Tuple3<Integer, String, byte[]> directive(Tuple2<Long, Directive> entry)
      throws IOException {
    DataOutputSerializer bytes = new DataOutputSerializer(1 << 8);
    new DirectiveSerializer().serialize(entry.f1, bytes);
    return Tuple3.of(DIRECTIVE, Long.toString(entry.f0), bytes.getCopyOfBuffer());
  }

  static Tuple3<Integer, String, byte[]> config(Tuple2<String, String> entry) {
    return Tuple3.of(CONFIG, entry.f0, entry.f1.getBytes(StandardCharsets.UTF_8));
  }

  void add(Tuple3<Integer, String, byte[]> part) throws IOException {
    DataInputDeserializer bytes = new DataInputDeserializer(part.f2);
    switch (part.f0) {
      case LAYER -> layers.put(part.f1, new KeyStateSerializer().deserialize(bytes));
      case LEADER ->
          leaders.put(
              part.f1,
              new Leader(
                  new KeyStateSerializer().deserialize(bytes), /* turn= */ bytes.readLong()));
      case SLICE ->
          slices
              .computeIfAbsent(SlicePart.keyOf(part.f1), key -> new HashMap<>())
              .put(SlicePart.indexOf(part.f1), new KeyStateSerializer().deserialize(bytes));
      case DIRECTIVE ->
          directives.put(Long.valueOf(part.f1), new DirectiveSerializer().deserialize(bytes));
      default -> config.put(part.f1, new String(part.f2, StandardCharsets.UTF_8));
    }
  }

  Map<String, String> config() {
    return config;
  }

  /**
   * @throws SavepointException if the slices of a layer do not belong together
   */
  SavedStatistics statistics() throws SavepointException {
    int width = SavedLayers.channelsPerSlice(config);
    for (Map.Entry<String, Leader> entry : leaders.entrySet()) {
      Leader leader = entry.getValue();
      Map<Integer, KeyState> ofKey = slices.getOrDefault(entry.getKey(), Map.of());
      try {
        layers.put(entry.getKey(), SavedLayers.joined(leader.state(), leader.turn(), ofKey, width));
      } catch (IllegalStateException e) {
        throw new SavepointException(
            "key %s cannot be put together, %s".formatted(entry.getKey(), e.getMessage()), e);
      }
    }
    return SavedStatistics.of(SavedLayers.caughtUp(layers, directives), config);
  }
}
