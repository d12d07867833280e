package io.batchnorm.job.kafka;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.exchange.NpyArray;
import io.batchnorm.exchange.NpyWriter;
import java.util.Arrays;

/** What the value of a record is. */
public enum Format {
  /** A {@code .npy} document, as {@code np.save} writes it. */
  NPY,
  /** {@code {"id":"a","shape":[2,1],"values":[1,3]}}, see {@link FeatureJson}. */
  JSON;

  /**
   * The value, in float32.
   *
   * @param sample whether the map is a single sample, written without its N
   */
  byte[] write(String id, FeatureMap features, boolean sample) {
    int[] shape = features.shape();
    int[] written = sample ? Arrays.copyOfRange(shape, 1, shape.length) : shape;
    return this == NPY
        ? NpyWriter.toBytes(new NpyArray(written, features.values()))
        : FeatureJson.write(id, written, features.values());
  }
}
