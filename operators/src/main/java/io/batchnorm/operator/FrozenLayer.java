package io.batchnorm.operator;

import io.batchnorm.core.BatchNorm;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Fingerprint;
import io.batchnorm.core.FrozenBatchNorm;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.UnknownKey;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The step of serving: normalizes a record by statistics that stay as they are. Pure; what {@link
 * FrozenBatchNormFunction} and {@link FollowingBatchNormOperator} have in common.
 */
final class FrozenLayer {
  private static final Logger LOG = LoggerFactory.getLogger(FrozenLayer.class);

  private final BatchNorm batchNorm;
  private final double alpha;

  /**
   * @param alpha weight of the batch's own statistics, 0 for plain eval
   * @param ownsInput whether a record that is normalized may be written over
   */
  FrozenLayer(BatchNormConfig config, double alpha, boolean ownsInput) {
    this.batchNorm = new BatchNorm(config, ownsInput);
    this.alpha = alpha;
  }

  /** Says by which statistics this subtask starts to serve. */
  static void announce(Map<String, RunningStatistics> byKey) {
    LOG.info("serves {} keys, fingerprint {}", byKey.size(), Fingerprint.of(byKey));
  }

  /**
   * Whether records of a key may be normalized when that is what is known of it.
   *
   * @param known null for nothing
   */
  boolean serves(FrozenBatchNorm known) {
    BatchNormConfig config = batchNorm.config();
    return config.unknownKey() == UnknownKey.INITIAL
        || !config.trackRunningStatistics()
        || (known != null && !known.isInitial());
  }

  /** What is known of a key, for {@link #normalized}. */
  FrozenBatchNorm known(RunningStatistics statistics) {
    return batchNorm.frozen(statistics);
  }

  /**
   * Normalizes a record.
   *
   * @param known null for nothing, which is {@link RunningStatistics#initial}
   * @throws InvalidBatchException if it cannot be normalized
   */
  NormalizedBatch normalized(FeatureBatch batch, FrozenBatchNorm known) {
    FeatureMap x = batch.features();
    FrozenBatchNorm layer =
        known == null ? known(RunningStatistics.initial(x.numFeatures())) : known;
    FeatureMap y = layer.adapt(x, alpha);
    Mode mode = alpha == 0 ? Mode.EVAL : Mode.ADAPT;
    long batches = layer.numBatchesTracked();
    return new NormalizedBatch(batch.key(), batch.ids(), y, mode, batches);
  }

  /**
   * Normalizes a record by some statistics that fit it, for the sake of the error.
   *
   * @throws InvalidBatchException if no statistics whatever could normalize it
   */
  void checkNormalizable(FeatureBatch batch) {
    int channels = batch.features().numFeatures();
    var fitting =
        RunningStatistics.of(
            1, RunningStatistics.UNKNOWN_COUNT, new double[channels], new double[channels]);
    normalized(batch, known(fitting));
  }
}
