package io.batchnorm.types;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Mode;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * What all {@linkplain BatchPiece pieces} of a batch know of it. Immutable. {@code sender} and
 * {@code number} together are the batch's own among those of its key.
 */
public final class BatchHeader {
  private final String key;
  private final List<String> ids;
  private final int[] shape;
  private final long sender;
  private final long number;
  private final Mode mode;
  private final long numBatchesTracked;

  private BatchHeader(
      String key,
      List<String> ids,
      int[] shape,
      long sender,
      long number,
      Mode mode,
      long numBatchesTracked) {
    this.key = key;
    this.ids = ids;
    this.shape = shape;
    this.sender = sender;
    this.number = number;
    this.mode = mode;
    this.numBatchesTracked = numBatchesTracked;
  }

  /**
   * Of a batch that is to be normalized.
   *
   * @param shape of the whole batch {@code (N, C, *)}; copied
   */
  public static BatchHeader of(
      String key, List<String> ids, int[] shape, long sender, long number) {
    if (shape.length < FeatureMap.MIN_RANK) {
      throw new IllegalArgumentException("shape " + Arrays.toString(shape));
    }
    return new BatchHeader(
        Objects.requireNonNull(key), List.copyOf(ids), shape.clone(), sender, number, null, 0);
  }

  static BatchHeader of(FeatureBatch batch, long sender, long number) {
    return of(batch.key(), batch.ids(), batch.features().shape(), sender, number);
  }

  /** The same of the normalized batch. */
  public BatchHeader normalized(Mode by, long tracked) {
    return new BatchHeader(key, ids, shape, sender, number, Objects.requireNonNull(by), tracked);
  }

  public String key() {
    return key;
  }

  public List<String> ids() {
    return ids;
  }

  /** UTF-16 units of all ids, about as many bytes as they take. */
  long idChars() {
    return ids.stream().mapToLong(String::length).sum();
  }

  /** A copy of the sizes of the whole batch. */
  public int[] shape() {
    return shape.clone();
  }

  /** N. */
  public int batchSize() {
    return shape[0];
  }

  /** C of the whole batch. */
  public int numFeatures() {
    return shape[1];
  }

  /** Values in one channel of one sample. */
  public int spatialSize() {
    int size = 1;
    for (int i = 2; i < shape.length; i++) {
      size *= shape[i];
    }
    return size;
  }

  public long sender() {
    return sender;
  }

  public long number() {
    return number;
  }

  /** Which statistics normalized it; null if it is not normalized. */
  public Mode mode() {
    return mode;
  }

  /** As {@link NormalizedBatch#numBatchesTracked}; 0 if it is not normalized. */
  public long numBatchesTracked() {
    return numBatchesTracked;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof BatchHeader other
        && key.equals(other.key)
        && ids.equals(other.ids)
        && Arrays.equals(shape, other.shape)
        && sender == other.sender
        && number == other.number
        && mode == other.mode
        && numBatchesTracked == other.numBatchesTracked;
  }

  @Override
  public int hashCode() {
    return Objects.hash(key, ids, Arrays.hashCode(shape), sender, number);
  }

  @Override
  public String toString() {
    return "%s/%d.%d%s".formatted(key, sender, number, Arrays.toString(shape));
  }
}
