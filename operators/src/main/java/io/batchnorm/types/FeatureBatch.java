package io.batchnorm.types;

import io.batchnorm.core.FeatureMap;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * A batch of feature maps of one key, to be normalized together. A single sample is a batch with N
 * = 1.
 *
 * @param key whose statistics it belongs to: a camera, sensor, tenant or layer
 * @param ids names of what is in it: one for the whole batch, or one for each of its N samples
 * @param features {@code (N, C, *)}
 */
@TypeInfo(BatchNormTypes.FeatureBatchFactory.class)
public record FeatureBatch(String key, List<String> ids, FeatureMap features) implements BatchPart {

  /**
   * @throws IllegalArgumentException if there are neither one nor N ids
   */
  public FeatureBatch {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(features, "features");
    ids = List.copyOf(ids);
    checkIds(ids, features);
  }

  /** A batch, or a single sample, with one id. */
  public static FeatureBatch of(String key, String id, FeatureMap features) {
    return new FeatureBatch(key, List.of(id), features);
  }

  static void checkIds(List<String> ids, FeatureMap features) {
    if (ids.isEmpty() || (ids.size() != 1 && ids.size() != features.batchSize())) {
      throw new IllegalArgumentException(
          "%s has %d ids, wanted 1, or one for each of its %d samples"
              .formatted(features, ids.size(), features.batchSize()));
    }
  }
}
