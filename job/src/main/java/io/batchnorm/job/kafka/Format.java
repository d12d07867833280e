package io.batchnorm.job.kafka;

/** What the value of a record is. */
public enum Format {
  /** A {@code .npy} document, as {@code np.save} writes it. */
  NPY,
  /** {@code {"id":"a","shape":[2,1],"values":[1,3]}}, see {@link FeatureJson}. */
  JSON
}
