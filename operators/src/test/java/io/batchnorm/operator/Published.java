package io.batchnorm.operator;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;

/**
 * Statistics to publish, and what they make of a batch by the textbook's formula. No two versions,
 * and no two keys, have the same.
 */
final class Published {
  private static final int CHANNELS = 3;

  private Published() {}

  /** Of three channels, with {@code version} batches behind them. */
  static RunningStatistics statistics(String key, int version) {
    double[] mean = new double[CHANNELS];
    double[] var = new double[CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
      mean[c] = 100 + version / 7.0 + c / 3.0 + (key.hashCode() & 0xfff) * 1e-3;
      var[c] = 0.5 + version / 3.0 + c;
    }
    return RunningStatistics.of(version, 8L * version, mean, var);
  }

  static KeyStatistics update(String key, int version) {
    return KeyStatistics.of(key, statistics(key, version), true);
  }

  /** The same, put in place by a command. */
  static KeyStatistics reset(String key, int version) {
    return new KeyStatistics(key, statistics(key, version), true, true);
  }

  /** The batch as it must come out when that version of its key normalizes it. */
  static NormalizedBatch served(FeatureBatch batch, int version) {
    RunningStatistics statistics = statistics(batch.key(), version);
    return new NormalizedBatch(
        batch.key(),
        batch.ids(),
        FeatureMap.of(normalized(batch, statistics), batch.features().shape()),
        Mode.EVAL,
        statistics.numBatchesTracked());
  }

  /** {@code (x - mean) / sqrt(var + 1e-5)}, rounded once. */
  static float[] normalized(FeatureBatch batch, RunningStatistics statistics) {
    float[] x = batch.features().values();
    int plane = batch.features().spatialSize();
    float[] y = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      int c = i / plane % statistics.numFeatures();
      double invStd = 1 / Math.sqrt(statistics.var(c) + 1e-5);
      // Adding 0 makes 0 of -0, as adding no bias does.
      y[i] = (float) ((x[i] - statistics.mean(c)) * invStd + 0.0);
    }
    return y;
  }
}
