package io.batchnorm.job.savepoint;

import io.batchnorm.operator.SavedLayers;
import io.batchnorm.types.KeyState;
import io.batchnorm.types.KeyStateSerializer;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.state.api.functions.KeyedStateReaderFunction;
import org.apache.flink.util.Collector;

/** Gives the state of every key as a part of {@link SavedState}. */
final class StateReader extends KeyedStateReaderFunction<String, Tuple3<Integer, String, byte[]>> {
  private static final long serialVersionUID = 1L;

  private transient ValueState<KeyState> layer;
  private transient KeyStateSerializer serializer;

  @Override
  public void open(OpenContext context) {
    layer = getRuntimeContext().getState(SavedLayers.layer());
    serializer = new KeyStateSerializer();
  }

  @Override
  public void readKey(String key, Context context, Collector<Tuple3<Integer, String, byte[]>> out)
      throws Exception {
    DataOutputSerializer bytes = new DataOutputSerializer(1 << 10);
    serializer.serialize(layer.value(), bytes);
    out.collect(Tuple3.of(SavedState.LAYER, key, bytes.getCopyOfBuffer()));
  }
}
