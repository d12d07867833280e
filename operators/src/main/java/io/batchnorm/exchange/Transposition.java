package io.batchnorm.exchange;

import java.util.Arrays;

/**
 * Turns Fortran order, where the first index runs fastest, into C order, where the last one does.
 */
final class Transposition {

  private Transposition() {}

  /** Returns the values in row-major order; the argument itself where both orders are the same. */
  static float[] toRowMajor(int[] shape, float[] columnMajor) {
    int[] dimensions = Arrays.stream(shape).filter(dimension -> dimension != 1).toArray();
    if (dimensions.length < 2 || columnMajor.length == 0) {
      return columnMajor;
    }
    int[] strides = columnMajorStrides(dimensions);
    int inner = dimensions.length - 1;
    int[] index = new int[inner];
    float[] rowMajor = new float[columnMajor.length];
    int source = 0;
    for (int target = 0; target < rowMajor.length; target += dimensions[inner]) {
      for (int i = 0; i < dimensions[inner]; i++) {
        rowMajor[target + i] = columnMajor[source + i * strides[inner]];
      }
      source = advance(index, dimensions, strides, source);
    }
    return rowMajor;
  }

  private static int[] columnMajorStrides(int[] dimensions) {
    int[] strides = new int[dimensions.length];
    int stride = 1;
    for (int axis = 0; axis < dimensions.length; axis++) {
      strides[axis] = stride;
      stride *= dimensions[axis];
    }
    return strides;
  }

  /**
   * Counts {@code index} up by one in row-major order and returns where that position is in {@code
   * source}.
   */
  private static int advance(int[] index, int[] dimensions, int[] strides, int source) {
    int next = source;
    for (int axis = index.length - 1; axis >= 0; axis--) {
      index[axis]++;
      next += strides[axis];
      if (index[axis] < dimensions[axis]) {
        return next;
      }
      next -= dimensions[axis] * strides[axis];
      index[axis] = 0;
    }
    return next;
  }
}
