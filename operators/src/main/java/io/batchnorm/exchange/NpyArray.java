package io.batchnorm.exchange;

import java.util.Arrays;

/**
 * A dense float32 array of any rank up to 32, row-major, as a {@code .npy} file holds it. Shape
 * {@code ()} is a scalar with one value.
 *
 * <p>The values are handed over, not copied: whoever made the array must not change it afterwards,
 * nor may a reader.
 */
public final class NpyArray {

  private final int[] shape;
  private final float[] values;

  /**
   * Wraps {@code values}.
   *
   * @param shape copied
   * @param values kept, row-major
   * @throws IllegalArgumentException if the shape has more than 32 dimensions or a negative one, or
   *     does not have as many elements as there are values
   */
  public NpyArray(int[] shape, float[] values) {
    Shapes.check(Arrays.stream(shape).asLongStream().toArray());
    if (Shapes.elements(shape) != values.length) {
      throw new IllegalArgumentException(
          "there are %d values, expected as many as shape %s has elements"
              .formatted(values.length, Shapes.text(shape)));
    }
    this.shape = shape.clone();
    this.values = values;
  }

  /** Returns a copy of the shape. */
  public int[] shape() {
    return shape.clone();
  }

  /** Returns the number of dimensions, 0 for a scalar. */
  public int rank() {
    return shape.length;
  }

  /** Returns the values themselves, row-major, not to be changed. */
  public float[] values() {
    return values;
  }

  @Override
  public String toString() {
    return "NpyArray" + Shapes.text(shape);
  }
}
