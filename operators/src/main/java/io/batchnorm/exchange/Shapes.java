package io.batchnorm.exchange;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Arithmetic on array shapes that never overflows unseen. */
final class Shapes {

  /** The most dimensions an array may have; NumPy 1 had the same limit. */
  static final int MAX_RANK = 32;

  /** Returned by {@link #elements} when the number does not fit a {@code long}. */
  static final long OVERFLOW = -1;

  private Shapes() {}

  /** Returns the product of the dimensions, 1 for shape {@code ()}, or {@link #OVERFLOW}. */
  static long elements(long[] shape) {
    long product = 1;
    for (long dimension : shape) {
      if (Math.multiplyHigh(product, dimension) != 0 || product * dimension < 0) {
        return OVERFLOW;
      }
      product *= dimension;
    }
    return product;
  }

  static long elements(int[] shape) {
    return elements(Arrays.stream(shape).asLongStream().toArray());
  }

  /** Returns the shape as Python writes a tuple: {@code ()}, {@code (2,)}, {@code (2, 3)}. */
  static String text(long[] shape) {
    String list = Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining(", "));
    return shape.length == 1 ? "(" + list + ",)" : "(" + list + ")";
  }

  static String text(int[] shape) {
    return text(Arrays.stream(shape).asLongStream().toArray());
  }

  /**
   * Checks a shape made by this program.
   *
   * @throws IllegalArgumentException if it has more than 32 dimensions or a negative one
   */
  static void check(long[] shape) {
    if (shape.length > MAX_RANK) {
      throw new IllegalArgumentException(
          "shape has %d dimensions, expected at most %d".formatted(shape.length, MAX_RANK));
    }
    for (long dimension : shape) {
      if (dimension < 0) {
        throw new IllegalArgumentException(
            "shape is %s, expected no negative dimension".formatted(text(shape)));
      }
    }
  }
}
