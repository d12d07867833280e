package io.batchnorm.operator;

import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.FrozenBatchNorm;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/**
 * Batch norm with statistics that are known when the job starts and never change. Not keyed and
 * without state, so it is chained to whatever comes before it; any subtask serves any key.
 */
final class FrozenBatchNormFunction extends ProcessFunction<FeatureBatch, NormalizedBatch> {
  private static final long serialVersionUID = 1L;

  private final BatchNormConfig config;
  private final double alpha;
  private final SeedDirectives loads;
  private final boolean ownsInput;

  private transient FrozenLayer layer;
  private transient Map<String, FrozenBatchNorm> byKey;
  private transient BatchNormMetrics metrics;

  /**
   * @param alpha weight of the batch's own statistics, 0 for plain eval
   * @param loads one for each key
   * @param ownsInput whether batches may be written over
   */
  FrozenBatchNormFunction(
      BatchNormConfig config, double alpha, SeedDirectives loads, boolean ownsInput) {
    this.config = config;
    this.alpha = alpha;
    this.loads = loads;
    this.ownsInput = ownsInput;
  }

  @Override
  public void open(OpenContext context) throws Exception {
    layer = new FrozenLayer(config, alpha, ownsInput);
    Map<String, RunningStatistics> statistics = new HashMap<>();
    for (Directive load : loads.directives()) {
      statistics.put(load.key(), load.statistics());
    }
    FrozenLayer.announce(statistics);
    byKey = new HashMap<>();
    statistics.forEach((key, known) -> byKey.put(key, layer.known(known)));
    long keys = byKey.size();
    metrics = new BatchNormMetrics(getRuntimeContext().getMetricGroup(), () -> keys);
  }

  @Override
  public void processElement(FeatureBatch batch, Context ctx, Collector<NormalizedBatch> out) {
    NormalizedBatch normalized;
    try {
      normalized = layer.normalized(batch, byKey.get(batch.key()));
    } catch (InvalidBatchException e) {
      metrics.rejections().reject(batch, e, ctx::output);
      return;
    }
    metrics.normalized(batch);
    out.collect(normalized);
  }
}
