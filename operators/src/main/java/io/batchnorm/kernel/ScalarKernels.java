package io.batchnorm.kernel;

import java.util.Arrays;

/** Plain Java loops. Always there; the reference that every other implementation must equal. */
final class ScalarKernels implements Kernels {
  /** Channels transposed together for (N, C) input: 16 floats are one cache line. */
  private static final int TILE = 16;

  @Override
  public String name() {
    return "scalar";
  }

  @Override
  public void moments(float[] x, int batch, int channels, int plane, double[] mean, double[] m2) {
    Arrays.fill(mean, 0, channels, 0.0);
    Arrays.fill(m2, 0, channels, 0.0);
    if (plane == 1) {
      momentsOfRows(x, batch, channels, mean, m2);
    } else {
      momentsOfPlanes(x, batch, channels, plane, mean, m2);
    }
  }

  private static void momentsOfPlanes(
      float[] x, int batch, int channels, int plane, double[] mean, double[] m2) {
    float[] gathered = new float[BLOCK];
    double[] lanes = new double[LANES];
    long count = (long) batch * plane;
    for (int c = 0; c < channels; c++) {
      for (long start = 0; start < count; start += BLOCK) {
        int length = (int) Math.min(BLOCK, count - start);
        int sample = (int) (start / plane);
        int position = (int) (start % plane);
        if (position + length <= plane) {
          int offset = (sample * channels + c) * plane + position;
          addBlock(x, offset, length, lanes, mean, m2, c, start);
        } else {
          gather(x, sample, position, length, channels, c, plane, gathered);
          addBlock(gathered, 0, length, lanes, mean, m2, c, start);
        }
      }
    }
  }

  /** Copies a block that spans several planes of channel {@code c} into one run. */
  private static void gather(
      float[] x,
      int sample,
      int position,
      int length,
      int channels,
      int c,
      int plane,
      float[] gathered) {
    int filled = 0;
    int n = sample;
    int from = position;
    while (filled < length) {
      int run = Math.min(plane - from, length - filled);
      System.arraycopy(x, (n * channels + c) * plane + from, gathered, filled, run);
      filled += run;
      from = 0;
      n++;
    }
  }

  /** (N, C) input: transposes blocks of rows, a cache line of channels at a time. */
  private static void momentsOfRows(
      float[] x, int batch, int channels, double[] mean, double[] m2) {
    // A stride of BLOCK alone would put all channels of a tile into one set of the cache.
    int stride = Math.min(batch, BLOCK) + LANES;
    float[] transposed = new float[TILE * stride];
    double[] lanes = new double[LANES];
    for (int row = 0; row < batch; row += BLOCK) {
      int length = Math.min(BLOCK, batch - row);
      for (int c = 0; c < channels; c += TILE) {
        int width = Math.min(TILE, channels - c);
        transpose(x, row, length, channels, c, width, stride, transposed);
        for (int i = 0; i < width; i++) {
          addBlock(transposed, i * stride, length, lanes, mean, m2, c + i, row);
        }
      }
    }
  }

  private static void transpose(
      float[] x,
      int row,
      int length,
      int channels,
      int c,
      int width,
      int stride,
      float[] transposed) {
    for (int k = 0; k < length; k++) {
      int from = (row + k) * channels + c;
      for (int i = 0; i < width; i++) {
        transposed[i * stride + k] = x[from + i];
      }
    }
  }

  private static void addBlock(
      float[] v,
      int offset,
      int length,
      double[] lanes,
      double[] mean,
      double[] m2,
      int c,
      long before) {
    double blockMean = sum(v, offset, length, lanes) / length;
    double blockM2 = sumOfSquaredDeviations(v, offset, length, blockMean, lanes);
    ChanMerge.add(mean, m2, c, before, blockMean, blockM2, length);
  }

  private static double sum(float[] v, int offset, int length, double[] lanes) {
    Arrays.fill(lanes, 0.0);
    int whole = length - length % LANES;
    for (int k = 0; k < whole; k += LANES) {
      for (int l = 0; l < LANES; l++) {
        lanes[l] += v[offset + k + l];
      }
    }
    for (int k = whole; k < length; k++) {
      lanes[k - whole] += v[offset + k];
    }
    return fold(lanes);
  }

  private static double sumOfSquaredDeviations(
      float[] v, int offset, int length, double mean, double[] lanes) {
    Arrays.fill(lanes, 0.0);
    int whole = length - length % LANES;
    for (int k = 0; k < whole; k += LANES) {
      for (int l = 0; l < LANES; l++) {
        double d = v[offset + k + l] - mean;
        lanes[l] += d * d;
      }
    }
    for (int k = whole; k < length; k++) {
      double d = v[offset + k] - mean;
      lanes[k - whole] += d * d;
    }
    return fold(lanes);
  }

  private static double fold(double[] lanes) {
    for (int w = LANES / 2; w > 0; w /= 2) {
      for (int l = 0; l < w; l++) {
        lanes[l] += lanes[l + w];
      }
    }
    return lanes[0];
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
      y[i] = (float) ((x[i] - center) * scale + shift);
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
        y[from + c] = (float) ((x[from + c] - center[c]) * scale[c] + shift[c]);
      }
      from += channels;
    }
  }

  @Override
  public int firstNonFinite(float[] x) {
    for (int i = 0; i < x.length; i++) {
      if (!Float.isFinite(x[i])) {
        return i;
      }
    }
    return -1;
  }
}
