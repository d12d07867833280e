package io.batchnorm.operator;

import io.batchnorm.core.LayerState;
import io.batchnorm.core.Step;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyState;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import org.apache.flink.util.Collector;

/** Emits what comes of layers that are not sliced. */
record WholeLayerOutput(BatchNormMetrics metrics, Collector<NormalizedBatch> out, SideOutput side)
    implements LayerOutput {

  @Override
  public void changed(String key, KeyState before, KeyState after) {}

  @Override
  public void normalized(FeatureBatch batch, Step step) {
    metrics.normalized(batch);
    out.collect(
        new NormalizedBatch(
            batch.key(), batch.ids(), step.y(), step.mode(), step.numBatchesTracked()));
  }

  /** A key that was reset tells its initial statistics if it keeps weight and bias, else none. */
  @Override
  public void tell(String key, LayerState layer, boolean replaced) {
    side.output(
        SideOutput.STATISTICS,
        layer
            .statistics()
            .map(statistics -> new KeyStatistics(key, statistics, layer.frozen(), replaced))
            .orElseGet(() -> KeyStatistics.forgotten(key, layer.frozen())));
  }
}
