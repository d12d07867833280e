package io.batchnorm.operator;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.types.FeatureBatch;

/**
 * A batch without samples, by which a micro-batcher says that some wait for their batch; others it
 * does not make. It goes where that batch will go, so a key is not forgotten before it comes.
 */
final class OpenedBatch {
  private static final FeatureMap NOTHING = FeatureMap.of(new float[0], 0, 1);

  private OpenedBatch() {}

  static FeatureBatch of(String key) {
    return FeatureBatch.of(key, "", NOTHING);
  }

  static boolean is(FeatureBatch batch) {
    return batch.features().batchSize() == 0;
  }
}
