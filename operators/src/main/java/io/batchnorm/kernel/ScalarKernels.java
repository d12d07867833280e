package io.batchnorm.kernel;

import java.util.Arrays;

/** Plain Java loops. Always there; the reference that every other implementation must equal. */
final class ScalarKernels implements Kernels {
  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public String toString() {
    return name();
  }

  @Override
  public void moments(float[] x, int batch, int channels, int plane, double[] mean, double[] m2) {
    Arrays.fill(mean, 0, channels, 0.0);
    Arrays.fill(m2, 0, channels, 0.0);
    BlockMoments moments = new BlockMoments(ScalarKernels::addDeviations, mean, m2);
    if (plane == 1) {
      new RowBlocks(x, batch, channels, moments).addAll();
    } else {
      new PlaneBlocks(x, batch, channels, plane, moments).addAll();
    }
  }

  /** Four lanes at a time: their eight sums stay in registers, where sixteen lanes would not. */
  private static void addDeviations(
      float[] v, int offset, int length, double reference, double[] sums, double[] squares) {
    for (int l = 0; l < LANES; l += 4) {
      addFourLanes(v, offset + l, length - l, reference, l, sums, squares);
    }
  }

  private static void addFourLanes(
      float[] v, int at, int length, double reference, int l, double[] sums, double[] squares) {
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    double square0 = 0;
    double square1 = 0;
    double square2 = 0;
    double square3 = 0;
    int k = 0;
    for (; k <= length - 4; k += LANES) {
      double d0 = v[at + k] - reference;
      double d1 = v[at + k + 1] - reference;
      double d2 = v[at + k + 2] - reference;
      double d3 = v[at + k + 3] - reference;
      sum0 += d0;
      sum1 += d1;
      sum2 += d2;
      sum3 += d3;
      square0 = Math.fma(d0, d0, square0);
      square1 = Math.fma(d1, d1, square1);
      square2 = Math.fma(d2, d2, square2);
      square3 = Math.fma(d3, d3, square3);
    }
    sums[l] = sum0;
    sums[l + 1] = sum1;
    sums[l + 2] = sum2;
    sums[l + 3] = sum3;
    squares[l] = square0;
    squares[l + 1] = square1;
    squares[l + 2] = square2;
    squares[l + 3] = square3;
    for (int i = 0; k + i < length; i++) {
      double d = v[at + k + i] - reference;
      sums[l + i] += d;
      squares[l + i] = Math.fma(d, d, squares[l + i]);
    }
  }

  @Override
  public void normalize(
      float[] x,
      int batch,
      int channels,
      int plane,
      double[] center,
      double[] scale,
      double[] shift,
      float[] y) {
    if (plane == 1) {
      normalizeRows(x, batch, channels, center, scale, shift, y);
      return;
    }
    int from = 0;
    for (int n = 0; n < batch; n++) {
      for (int c = 0; c < channels; c++) {
        normalizePlane(x, from, plane, center[c], scale[c], shift[c], y);
        from += plane;
      }
    }
  }

  private static void normalizePlane(
      float[] x, int from, int plane, double center, double scale, double shift, float[] y) {
    for (int i = from; i < from + plane; i++) {
      y[i] = (float) Math.fma(x[i] - center, scale, shift);
    }
  }

  private static void normalizeRows(
      float[] x,
      int batch,
      int channels,
      double[] center,
      double[] scale,
      double[] shift,
      float[] y) {
    int from = 0;
    for (int n = 0; n < batch; n++) {
      for (int c = 0; c < channels; c++) {
        y[from + c] = (float) Math.fma(x[from + c] - center[c], scale[c], shift[c]);
      }
      from += channels;
    }
  }

  @Override
  public int firstNonFinite(float[] x) {
    return firstNonFinite(x, 0);
  }

  static int firstNonFinite(float[] x, int from) {
    for (int i = from; i < x.length; i++) {
      if (!Float.isFinite(x[i])) {
        return i;
      }
    }
    return -1;
  }
}
