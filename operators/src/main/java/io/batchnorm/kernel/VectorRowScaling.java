package io.batchnorm.kernel;

import static io.batchnorm.kernel.Species.WIDTH;

import jdk.incubator.vector.DoubleVector;

/**
 * Scale and shift where neighbours in memory belong to different channels: (N, C) input and the
 * smallest planes. The constants are laid out as the values are, a row of them.
 */
final class VectorRowScaling {
  /** Shorter rows are repeated up to this many values, or their ends would cost more than they. */
  private static final int SHORT = 64;

  /** Values that are not worth it. */
  private static final int FEW = 2048;

  private final double[] center;
  private final double[] scale;
  private final double[] shift;
  private final int row;

  private VectorRowScaling(double[] center, double[] scale, double[] shift, int row) {
    this.center = center;
    this.scale = scale;
    this.shift = shift;
    this.row = row;
  }

  static VectorRowScaling of(
      int length, int channels, int plane, double[] center, double[] scale, double[] shift) {
    int sample = channels * plane;
    if (plane == 1 && (sample >= SHORT || (sample % WIDTH == 0 && length < FEW))) {
      return new VectorRowScaling(center, scale, shift, channels);
    }
    int repeats = Math.max(1, SHORT / sample);
    return new VectorRowScaling(
        spread(center, channels, plane, repeats),
        spread(scale, channels, plane, repeats),
        spread(shift, channels, plane, repeats),
        sample * repeats);
  }

  private static double[] spread(double[] ofChannels, int channels, int plane, int repeats) {
    double[] row = new double[channels * plane * repeats];
    int i = 0;
    for (int r = 0; r < repeats; r++) {
      for (int c = 0; c < channels; c++) {
        for (int p = 0; p < plane; p++) {
          row[i++] = ofChannels[c];
        }
      }
    }
    return row;
  }

  /**
   * Rows two at a time, for one load of the constants. Four are more vector operations than the
   * compiler inlines in some callers: it makes objects of vectors then, in three JVMs of four.
   */
  void normalize(float[] x, float[] y) {
    int length = x.length;
    int from = 0;
    for (; from <= length - 2 * row; from += 2 * row) {
      normalizeTwoRows(x, from, y);
    }
    for (; from < length; from += row) {
      normalizeRow(x, from, Math.min(row, length - from), y);
    }
  }

  private void normalizeTwoRows(float[] x, int from, float[] y) {
    int whole = row - row % WIDTH;
    int next = from + row;
    for (int i = 0; i < whole; i += WIDTH) {
      DoubleVector centers = Species.load(center, i);
      DoubleVector scales = Species.load(scale, i);
      DoubleVector shifts = Species.load(shift, i);
      DoubleVector a = Species.load(x, from + i).sub(centers).fma(scales, shifts);
      DoubleVector b = Species.load(x, next + i).sub(centers).fma(scales, shifts);
      Species.narrow(a).intoArray(y, from + i);
      Species.narrow(b).intoArray(y, next + i);
    }
    normalizeValues(x, from, whole, row, y);
    normalizeValues(x, next, whole, row, y);
  }

  /** The beginning of a row, or all of it. */
  private void normalizeRow(float[] x, int from, int length, float[] y) {
    int whole = length - length % WIDTH;
    for (int i = 0; i < whole; i += WIDTH) {
      DoubleVector a = Species.load(x, from + i).sub(Species.load(center, i));
      a = a.fma(Species.load(scale, i), Species.load(shift, i));
      Species.narrow(a).intoArray(y, from + i);
    }
    normalizeValues(x, from, whole, length, y);
  }

  private void normalizeValues(float[] x, int from, int begin, int end, float[] y) {
    for (int i = begin; i < end; i++) {
      y[from + i] = (float) Math.fma(x[from + i] - center[i], scale[i], shift[i]);
    }
  }
}
