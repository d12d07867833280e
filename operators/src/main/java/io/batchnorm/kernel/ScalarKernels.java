package io.batchnorm.kernel;

import java.util.Arrays;

/**
 * Plain Java loops. Always there; the reference that every other implementation must equal.
 *
 * <p>Where the compiler of Java 17 converts float to double on x86, it leaves the upper half of the
 * register as it was, so the instruction waits for whatever wrote that register before: value after
 * value, up to five times as long as the arithmetic. So some values change their sign before they
 * are widened, and once more by what follows, which changes no bit of the result: for a change of
 * sign a value is loaded into the register first, and what was there matters no more. To do so with
 * all of them would be more instructions than it saves waiting.
 *
 * <p>Some CPUs do not wait where they know that half to be zero. A difference takes it from its
 * first operand, which therefore is not the value, wherever that costs nothing.
 */
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
    BlockMoments moments =
        new BlockMoments(x, channels, plane, ScalarKernels::addDeviations, mean, m2);
    if (plane == 1) {
      new RowBlocks(x, batch, channels, moments).addAll();
    } else {
      new PlaneBlocks(x, batch, channels, plane, moments).addAll();
    }
  }

  /** Four lanes at a time: their eight sums stay in registers, where those of all would not. */
  private static void addDeviations(
      float[] v,
      int offset,
      int length,
      double reference,
      double[] sums,
      double[] squares,
      int lanes) {
    for (int l = 0; l < LANES; l += 4) {
      addFourLanes(v, offset + l, length - l, reference, lanes + l, sums, squares);
    }
  }

  private static void addFourLanes(
      float[] v, int at, int length, double reference, int l, double[] sums, double[] squares) {
    double sum0 = sums[l];
    double sum1 = sums[l + 1];
    double sum2 = sums[l + 2];
    double sum3 = sums[l + 3];
    double square0 = squares[l];
    double square1 = squares[l + 1];
    double square2 = squares[l + 2];
    double square3 = squares[l + 3];
    int k = at;
    int end = at + length;
    for (; k <= end - LANES - 4; k += 2 * LANES) {
      double d0 = reference - v[k];
      double d1 = reference - v[k + 1];
      double d2 = reference - v[k + 2];
      double d3 = reference + (double) -v[k + 3];
      double e0 = reference - v[k + LANES];
      double e1 = reference - v[k + LANES + 1];
      double e2 = reference - v[k + LANES + 2];
      double e3 = reference + (double) -v[k + LANES + 3];
      sum0 = sum0 - d0 - e0;
      sum1 = sum1 - d1 - e1;
      sum2 = sum2 - d2 - e2;
      sum3 = sum3 - d3 - e3;
      square0 = Math.fma(e0, e0, Math.fma(d0, d0, square0));
      square1 = Math.fma(e1, e1, Math.fma(d1, d1, square1));
      square2 = Math.fma(e2, e2, Math.fma(d2, d2, square2));
      square3 = Math.fma(e3, e3, Math.fma(d3, d3, square3));
    }
    sums[l] = sum0;
    sums[l + 1] = sum1;
    sums[l + 2] = sum2;
    sums[l + 3] = sum3;
    squares[l] = square0;
    squares[l + 1] = square1;
    squares[l + 2] = square2;
    squares[l + 3] = square3;
    for (; k < end; k += LANES) {
      for (int i = 0; i < Math.min(4, end - k); i++) {
        double d = v[k + i] - reference;
        sums[l + i] += d;
        squares[l + i] = Math.fma(d, d, squares[l + i]);
      }
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
    double negated = negated(center);
    int end = from + plane;
    int i = from;
    for (; i < end - 1; i += 2) {
      y[i] = (float) Math.fma(negated - (double) -x[i], scale, shift);
      y[i + 1] = (float) Math.fma(x[i + 1] - center, scale, shift);
    }
    if (i < end) {
      y[i] = (float) Math.fma(x[i] - center, scale, shift);
    }
  }

  /** {@code -c}, also of zeros, and not as a change of sign, which sets one in the upper half. */
  private static double negated(double c) {
    return -0.0 - c;
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
        y[from + c] =
            (float) Math.fma(negated(center[c]) - (double) -x[from + c], scale[c], shift[c]);
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
