package io.batchnorm.core;

import io.batchnorm.kernel.KernelProvider;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * An immutable dense float32 tensor {@code (N, C, *spatial)} of rank 2 to 5, row-major with
 * channels first: batch size N, channels C, then up to three spatial sizes.
 *
 * <p>There is one layout only. Data with channels last (most images) is transposed once where it
 * enters, which costs one pass there and saves a second path through every kernel, serializer and
 * operator.
 *
 * <p>The array is handed over, not copied: neither its former owner nor a caller of {@link
 * #values()} may write to it. That contract lets Flink pass maps between operators without copies.
 * Sizes may be 0; batch normalization rejects such a batch.
 */
public final class FeatureMap {
  /** Values in one map at the most: 2^28, that is 1 GiB of float32. */
  public static final int MAX_VALUES = 1 << 28;

  /** The ranks of {@code (N, C)} and of {@code (N, C, D, H, W)}. */
  public static final int MIN_RANK = 2;

  public static final int MAX_RANK = 5;

  private final float[] values;
  private final int[] shape;
  private final int spatialSize;

  private FeatureMap(float[] values, int[] shape) {
    this.values = values;
    this.shape = shape;
    this.spatialSize = (int) Math.min(product(shape, 2), Integer.MAX_VALUE);
  }

  /**
   * A map over {@code values}, which it takes over.
   *
   * @throws InvalidBatchException if the rank is not 2 to 5, or there are too many values
   * @throws IllegalArgumentException if the sizes do not fit the number of values
   */
  public static FeatureMap of(float[] values, int... shape) {
    checkRank(shape);
    checkSizes(values, shape);
    return new FeatureMap(values, shape.clone());
  }

  private static void checkRank(int[] shape) {
    if (shape.length < MIN_RANK || shape.length > MAX_RANK) {
      throw new InvalidBatchException(
          RejectionReason.WRONG_RANK,
          "shape %s has rank %d, wanted rank 2 to 5: (N, C), (N, C, L), (N, C, H, W) or (N, C, D, H, W)"
              .formatted(Arrays.toString(shape), shape.length));
    }
  }

  private static void checkSizes(float[] values, int[] shape) {
    for (int size : shape) {
      if (size < 0) {
        throw new IllegalArgumentException(
            "shape %s has a negative size".formatted(Arrays.toString(shape)));
      }
    }
    long wanted = product(shape, 0);
    if (wanted > MAX_VALUES) {
      throw tooLarge("shape " + Arrays.toString(shape), wanted);
    }
    if (wanted != values.length) {
      throw new IllegalArgumentException(
          "shape %s wants %d values, got %d"
              .formatted(Arrays.toString(shape), wanted, values.length));
    }
  }

  private static InvalidBatchException tooLarge(String what, long count) {
    return new InvalidBatchException(
        RejectionReason.TOO_LARGE,
        "%s has %d values, at most %d are allowed; split the batch along N"
            .formatted(what, count, MAX_VALUES));
  }

  /** Product of the sizes from {@code first} on; stops growing once it cannot fit an array. */
  private static long product(int[] shape, int first) {
    long product = 1;
    for (int i = first; i < shape.length; i++) {
      product = Math.min(product, 1L << 31) * shape[i];
    }
    return product;
  }

  /**
   * Joins samples along N: {@code (n1, C, *), (n2, C, *), ...} to {@code (n1 + n2 + ..., C, *)}.
   *
   * @throws InvalidBatchException if they have too many values together
   * @throws IllegalArgumentException if there is none, or their {@link #sameSampleShape} differs
   */
  public static FeatureMap stack(List<FeatureMap> maps) {
    if (maps.isEmpty()) {
      throw new IllegalArgumentException("nothing to stack");
    }
    FeatureMap first = maps.get(0);
    long total = 0;
    long batchSize = 0;
    for (FeatureMap map : maps) {
      if (!map.sameSampleShape(first)) {
        throw new IllegalArgumentException(
            "cannot stack %s on %s: all sizes but N must agree".formatted(map, first));
      }
      total += map.values.length;
      batchSize += map.batchSize();
    }
    if (total > MAX_VALUES) {
      throw tooLarge("a stack of %d maps like %s".formatted(maps.size(), first), total);
    }
    int[] shape = first.shape.clone();
    shape[0] = Math.toIntExact(batchSize);
    return new FeatureMap(joined(maps, (int) total), shape);
  }

  private static float[] joined(List<FeatureMap> maps, int total) {
    float[] joined = new float[total];
    int at = 0;
    for (FeatureMap map : maps) {
      System.arraycopy(map.values, 0, joined, at, map.values.length);
      at += map.values.length;
    }
    return joined;
  }

  /**
   * Sample {@code n} alone, as {@code (1, C, *)}.
   *
   * @throws IndexOutOfBoundsException if there is no such sample
   */
  public FeatureMap sample(int n) {
    Objects.checkIndex(n, batchSize());
    int size = numFeatures() * spatialSize;
    int[] one = shape.clone();
    one[0] = 1;
    return new FeatureMap(Arrays.copyOfRange(values, n * size, (n + 1) * size), one);
  }

  /**
   * Checks that there are values.
   *
   * @throws InvalidBatchException if some size is 0
   */
  public void checkNotEmpty() {
    if (values.length == 0) {
      throw new InvalidBatchException(
          RejectionReason.EMPTY_BATCH,
          "input %s has no values, wanted at least one of every size"
              .formatted(Arrays.toString(shape)));
    }
  }

  /**
   * Checks that all values are finite.
   *
   * @throws InvalidBatchException naming the first NaN or infinity, if there is one
   */
  public void checkFinite() {
    int at = KernelProvider.kernels().firstNonFinite(values);
    if (at >= 0) {
      throw notFinite(Float.toString(values[at]), at / spatialSize);
    }
  }

  /**
   * The error that some value is not finite.
   *
   * @param plane {@code n * C + c}
   */
  InvalidBatchException notFinite(String value, int plane) {
    return new InvalidBatchException(
        RejectionReason.NON_FINITE,
        "input %s has %s in sample %d, channel %d, wanted finite values; clean the source or allow them to propagate"
            .formatted(
                Arrays.toString(shape), value, plane / numFeatures(), plane % numFeatures()));
  }

  /** Whether all sizes but N agree. */
  public boolean sameSampleShape(FeatureMap other) {
    return Arrays.equals(shape, 1, shape.length, other.shape, 1, other.shape.length);
  }

  /** N. */
  public int batchSize() {
    return shape[0];
  }

  /** C, the number of channels. */
  public int numFeatures() {
    return shape[1];
  }

  /** Product of the spatial sizes, 1 for {@code (N, C)}. */
  public int spatialSize() {
    return spatialSize;
  }

  /** {@code N * prod(spatial)}: the n of every channel's mean. */
  public long valuesPerChannel() {
    return (long) batchSize() * spatialSize;
  }

  public int rank() {
    return shape.length;
  }

  /**
   * One of the sizes: 0 is N, 1 is C, then the spatial ones.
   *
   * @throws IndexOutOfBoundsException if there is no such axis
   */
  public int size(int axis) {
    return shape[axis];
  }

  /** A copy of the sizes. */
  public int[] shape() {
    return shape.clone();
  }

  /** The values themselves, not a copy: read, never write. */
  public float[] values() {
    return values;
  }

  /** A map of this shape over other values, which it takes over. */
  FeatureMap withValues(float[] others) {
    return new FeatureMap(others, shape);
  }

  /** Same shape and same bits; NaN equals NaN, 0.0 differs from -0.0. */
  @Override
  public boolean equals(Object o) {
    return o instanceof FeatureMap other
        && Arrays.equals(shape, other.shape)
        && Arrays.equals(values, other.values);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(shape) + Arrays.hashCode(values);
  }

  /** The shape; values would flood a log. */
  @Override
  public String toString() {
    return "FeatureMap" + Arrays.toString(shape);
  }
}
