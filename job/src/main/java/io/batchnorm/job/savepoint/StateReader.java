package io.batchnorm.job.savepoint;

import io.batchnorm.operator.SavedLayers;
import io.batchnorm.types.KeyState;
import io.batchnorm.types.KeyStateSerializer;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.state.api.functions.KeyedStateReaderFunction;
import org.apache.flink.util.Collector;

/**
 * Gives the state of every key as a part of {@link SavedState}: that of a whole layer, of a slice,
 * or of a layer that leads slices.
 */
final class StateReader extends KeyedStateReaderFunction<String, Tuple3<Integer, String, byte[]>> {
  private static final long serialVersionUID = 1L;

  private final boolean sliced;
  private final boolean leading;
  private transient ValueState<KeyState> layer;
  private transient ValueState<Tuple4<Long, Integer, Long, Long>> sent;
  private transient KeyStateSerializer serializer;

  private StateReader(boolean sliced, boolean leading) {
    this.sliced = sliced;
    this.leading = leading;
  }

  static StateReader ofWholeLayers() {
    return new StateReader(false, false);
  }

  static StateReader ofSlices() {
    return new StateReader(true, false);
  }

  static StateReader ofLeaders() {
    return new StateReader(false, true);
  }

  @Override
  public void open(OpenContext context) {
    layer = getRuntimeContext().getState(SavedLayers.layer());
    sent = leading ? getRuntimeContext().getState(SavedLayers.sent()) : null;
    serializer = new KeyStateSerializer();
  }

  @Override
  public void readKey(String key, Context context, Collector<Tuple3<Integer, String, byte[]>> out)
      throws Exception {
    if (layer.value() == null) {
      return;
    }
    DataOutputSerializer bytes = new DataOutputSerializer(1 << 10);
    serializer.serialize(layer.value(), bytes);
    Tuple4<Long, Integer, Long, Long> last = leading ? sent.value() : null;
    if (last != null) {
      bytes.writeLong(last.f0);
    }
    out.collect(Tuple3.of(kind(last), key, bytes.getCopyOfBuffer()));
  }

  /** Slices that nothing was sent to have not begun, so what they shall begin with is here. */
  private int kind(Tuple4<Long, Integer, Long, Long> last) {
    if (sliced) {
      return SavedState.SLICE;
    }
    return last == null ? SavedState.LAYER : SavedState.LEADER;
  }
}
