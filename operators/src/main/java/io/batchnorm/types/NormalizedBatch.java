package io.batchnorm.types;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Mode;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * A normalized batch, and where it came from.
 *
 * @param key of the {@link FeatureBatch} it was
 * @param ids of the {@link FeatureBatch} it was
 * @param features normalized, same shape
 * @param mode which statistics normalized it
 * @param numBatchesTracked of the key's running statistics: in train mode after this batch, in eval
 *     mode of those that normalized it
 */
@TypeInfo(BatchNormTypes.NormalizedBatchFactory.class)
public record NormalizedBatch(
    String key, List<String> ids, FeatureMap features, Mode mode, long numBatchesTracked) {

  /**
   * @throws IllegalArgumentException if there are neither one nor N ids
   */
  public NormalizedBatch {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(features, "features");
    Objects.requireNonNull(mode, "mode");
    ids = List.copyOf(ids);
    FeatureBatch.checkIds(ids, features);
  }

  /** Sample {@code n} alone, with its own id. */
  public NormalizedBatch sample(int n) {
    return new NormalizedBatch(
        key, List.of(ids.get(n)), features.sample(n), mode, numBatchesTracked);
  }
}
