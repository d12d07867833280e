package io.batchnorm.types;

/**
 * What crosses the network of a stream of batches: a small batch as it is, or a {@link BatchPiece}
 * of one that is large or sliced, or between slices a {@link SliceChange}.
 */
public sealed interface BatchPart permits FeatureBatch, SlicePart {
  /** Whose batch it is. */
  String key();
}
