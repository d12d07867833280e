package io.batchnorm.job.savepoint;

import io.batchnorm.operator.LayerBootstrap;
import io.batchnorm.types.KeyState;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.state.api.functions.KeyedStateBootstrapFunction;
import org.apache.flink.streaming.api.TimerService;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes all state of the keyed operator.
 *
 * <p>It must not throw before the end: Flink runs it in a thread of its own behind a queue of 16
 * records, drops the exception with the thread, and waits for ever for room in the queue. So the
 * first failure is kept until nobody waits any more; then the savepoint is empty, which {@link
 * SavepointImport} finds.
 */
class BootstrapLayers extends KeyedStateBootstrapFunction<String, Tuple2<String, KeyState>>
    implements CheckpointedFunction {
  private static final long serialVersionUID = 1L;
  private static final Logger LOG = LoggerFactory.getLogger(BootstrapLayers.class);

  private final TreeMap<String, String> config;
  private transient LayerBootstrap layers;
  private transient Exception failure;

  BootstrapLayers(Map<String, String> config) {
    this.config = new TreeMap<>(config);
  }

  @Override
  public void initializeState(FunctionInitializationContext context) {
    try {
      layers = new LayerBootstrap(getRuntimeContext(), context, config);
    } catch (Exception e) {
      failure = e;
    }
  }

  @Override
  public void processElement(Tuple2<String, KeyState> keyState, Context context) {
    if (failure != null) {
      return;
    }
    try {
      put(keyState.f0, keyState.f1, context.timerService());
    } catch (Exception e) {
      failure = e;
    }
  }

  void put(String key, KeyState state, TimerService timers) throws Exception {
    layers.put(key, state, timers);
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    if (failure != null) {
      LOG.error("The state of a savepoint could not be written", failure);
      throw new IOException("the state could not be written", failure);
    }
    layers.snapshot();
  }
}
