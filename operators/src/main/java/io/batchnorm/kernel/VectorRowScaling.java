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
      int channels, int plane, double[] center, double[] scale, double[] shift) {
    int sample = channels * plane;
    if (plane == 1 && (sample >= SHORT || sample % WIDTH == 0)) {
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

  void normalize(float[] x, float[] y) {
    int length = x.length;
    int from = 0;
    for (; from <= length - 2 * row; from += 2 * row) {
      normalizeTwoRows(x, from, y);
    }
    for (; from < length; from += row) {
      normalizeRow(x, from, 0, Math.min(row, length - from), y);
    }
  }

  /** Two at a time, for one load of the constants. */
  private void normalizeTwoRows(float[] x, int from, float[] y) {
    int whole = row - row % WIDTH;
    for (int i = 0; i < whole; i += WIDTH) {
      DoubleVector centers = Species.load(center, i);
      DoubleVector scales = Species.load(scale, i);
      DoubleVector shifts = Species.load(shift, i);
      int first = from + i;
      int second = first + row;
      Species.narrow(Species.load(x, first).sub(centers).mul(scales).add(shifts))
          .intoArray(y, first);
      Species.narrow(Species.load(x, second).sub(centers).mul(scales).add(shifts))
          .intoArray(y, second);
    }
    normalizeRow(x, from, whole, row, y);
    normalizeRow(x, from + row, whole, row, y);
  }

  private void normalizeRow(float[] x, int from, int begin, int end, float[] y) {
    int i = begin;
    for (; i <= end - WIDTH; i += WIDTH) {
      Species.narrow(
              Species.load(x, from + i)
                  .sub(Species.load(center, i))
                  .mul(Species.load(scale, i))
                  .add(Species.load(shift, i)))
          .intoArray(y, from + i);
    }
    for (; i < end; i++) {
      y[from + i] = (float) ((x[from + i] - center[i]) * scale[i] + shift[i]);
    }
  }
}
