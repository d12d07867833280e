package io.batchnorm.core;

import java.util.Arrays;
import java.util.Objects;

/**
 * The channels {@code [from, to)} of a feature map {@code (N, C, *)}: an immutable view, which
 * copies nothing. In each of its N rows they are one run of values.
 *
 * <pre>
 * row n of the array:   ...... run of (to - from) * spatial values ......
 *                       ^ n * stride + offset
 * </pre>
 */
public final class ChannelBlock {
  private final float[] values;
  private final int rows;
  private final int stride;
  private final int offset;
  private final int run;

  private ChannelBlock(float[] values, int rows, int stride, int offset, int run) {
    this.values = values;
    this.rows = rows;
    this.stride = stride;
    this.offset = offset;
    this.run = run;
  }

  /**
   * A view on channels of {@code map}.
   *
   * @throws IndexOutOfBoundsException if it does not have them
   */
  public static ChannelBlock of(FeatureMap map, int from, int to) {
    Objects.checkFromToIndex(from, to, map.numFeatures());
    int spatial = map.spatialSize();
    return new ChannelBlock(
        map.values(),
        map.batchSize(),
        map.numFeatures() * spatial,
        from * spatial,
        (to - from) * spatial);
  }

  /**
   * A view on all of an array of {@code rows} equal runs, which it takes over.
   *
   * @throws IllegalArgumentException if the array has no such form
   */
  public static ChannelBlock compact(float[] values, int rows) {
    if (rows < 1 || values.length % rows != 0) {
      throw new IllegalArgumentException(
          "%d values are not %d equal rows".formatted(values.length, rows));
    }
    int run = values.length / rows;
    return new ChannelBlock(values, rows, run, 0, run);
  }

  /**
   * A view on a part of each run.
   *
   * @param first value of each run that is in it
   * @param length of the new runs
   * @throws IndexOutOfBoundsException if the runs do not have them
   */
  public ChannelBlock part(int first, int length) {
    Objects.checkFromIndexSize(first, length, run);
    return new ChannelBlock(values, rows, stride, offset + first, length);
  }

  /**
   * A view on some of the rows.
   *
   * @throws IndexOutOfBoundsException if there are fewer
   */
  public ChannelBlock rows(int first, int count) {
    Objects.checkFromIndexSize(first, count, rows);
    return new ChannelBlock(values, count, stride, offset + first * stride, run);
  }

  /** N, or how many of them. */
  public int rows() {
    return rows;
  }

  /** Values in each row. */
  public int run() {
    return run;
  }

  /** Values in all rows. */
  public int size() {
    return rows * run;
  }

  /** Where the run of a row begins in {@link #array}. */
  public int start(int row) {
    return row * stride + offset;
  }

  /** What it is a view on, not a copy: read, never write. */
  public float[] array() {
    return values;
  }

  /** Its values in one array: not a copy if the view is on all of it. Read, never write. */
  public float[] values() {
    if (run == stride && values.length == size()) {
      return values;
    }
    return copiedValues();
  }

  /** The same values in an array of their own. */
  public ChannelBlock copy() {
    return compact(copiedValues(), rows);
  }

  private float[] copiedValues() {
    float[] copy = new float[size()];
    copyInto(copy, 0, run);
    return copy;
  }

  /**
   * Copies its runs into another array.
   *
   * @param first where the first run goes
   * @param targetStride from there to where the next one goes
   */
  public void copyInto(float[] target, int first, int targetStride) {
    if (run == stride && run == targetStride) {
      System.arraycopy(values, offset, target, first, size());
      return;
    }
    for (int row = 0; row < rows; row++) {
      System.arraycopy(values, start(row), target, row * targetStride + first, run);
    }
  }

  /** Same form and same bits; NaN equals NaN, 0.0 differs from -0.0. */
  @Override
  public boolean equals(Object o) {
    if (!(o instanceof ChannelBlock other) || rows != other.rows || run != other.run) {
      return false;
    }
    for (int row = 0; row < rows; row++) {
      int mine = start(row);
      int others = other.start(row);
      if (!Arrays.equals(values, mine, mine + run, other.values, others, others + run)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    return 31 * rows + run;
  }

  /** The form; values would flood a log. */
  @Override
  public String toString() {
    return "ChannelBlock[%d x %d]".formatted(rows, run);
  }
}
