package io.batchnorm.job;

import io.batchnorm.core.BatchNorm;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.TrainResult;
import java.util.Map;
import java.util.TreeMap;

/** What the job must compute: core batch norm, one batch after the other, without any Flink. */
final class EagerModel {
  private final BatchNorm batchNorm;
  private final Map<String, RunningStatistics> statistics = new TreeMap<>();

  EagerModel(BatchNormConfig config) {
    this.batchNorm = new BatchNorm(config);
  }

  /** With PyTorch's defaults. */
  EagerModel() {
    this(BatchNormConfig.defaults());
  }

  void load(String key, RunningStatistics loaded) {
    statistics.put(key, loaded);
  }

  float[] train(String key, FeatureMap x) {
    RunningStatistics before =
        statistics.getOrDefault(key, RunningStatistics.initial(x.numFeatures()));
    TrainResult result = batchNorm.train(x, before);
    statistics.put(key, result.statistics());
    return result.y().values();
  }

  float[] eval(String key, FeatureMap x) {
    return batchNorm.eval(x, statistics.get(key)).values();
  }

  Map<String, RunningStatistics> statistics() {
    return statistics;
  }
}
