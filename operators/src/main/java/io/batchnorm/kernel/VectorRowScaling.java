package io.batchnorm.kernel;

import static io.batchnorm.kernel.Species.WIDTH;

import jdk.incubator.vector.DoubleVector;

/**
 * Scale and shift where neighbours in memory belong to different channels: (N, C) input and the
 * smallest planes. The constants are laid out as the values are, until they repeat; those of four
 * registers are loaded once for several rows. Most loads of them reach into two cache lines, so
 * that with a load of each for every value the arithmetic waits.
 */
final class VectorRowScaling {
  /** Values whose constants are loaded together. */
  private static final int QUAD = 4 * WIDTH;

  /** Rows for one load of their constants: more are more pages than memory reads ahead of. */
  private static final int TILE = 8;

  /**
   * Longer rows come two by two, nearly the order that memory reads ahead in; their constants are
   * loaded anew for each pair, up to {@link #CACHED} values from the first-level cache.
   */
  private static final int TILED = 512;

  /** Values that have their constants, 24 bytes each, and a row in a cache of 32 KiB. */
  private static final int CACHED = 1024;

  /** Times that constants must be used, to be worth laying them out. */
  private static final int MANY = 4;

  private final double[] center;
  private final double[] scale;
  private final double[] shift;

  /** Values after which constants repeat: a sample, or as many as fill whole registers. */
  private final int period;

  private VectorRowScaling(double[] center, double[] scale, double[] shift, int period) {
    this.center = center;
    this.scale = scale;
    this.shift = shift;
    this.period = period;
  }

  static VectorRowScaling of(
      int length, int channels, int plane, double[] center, double[] scale, double[] shift) {
    int sample = channels * plane;
    int whole = repeats(sample, WIDTH);
    int repeats = !inPairs(sample) && (long) MANY * whole * sample <= length ? whole : 1;
    if (plane == 1 && repeats == 1) {
      return new VectorRowScaling(center, scale, shift, sample);
    }
    return new VectorRowScaling(
        laidOut(center, channels, plane, repeats),
        laidOut(scale, channels, plane, repeats),
        laidOut(shift, channels, plane, repeats),
        sample * repeats);
  }

  /** Times until {@code length} values come to a multiple of {@code width}, a power of two. */
  private static int repeats(int length, int width) {
    return Math.max(1, width / Integer.lowestOneBit(length));
  }

  private static boolean inPairs(int row) {
    return row > TILED && row <= CACHED;
  }

  private static double[] laidOut(double[] ofChannels, int channels, int plane, int repeats) {
    double[] values = new double[channels * plane * repeats];
    int i = 0;
    for (int r = 0; r < repeats; r++) {
      for (int c = 0; c < channels; c++) {
        for (int p = 0; p < plane; p++) {
          values[i++] = ofChannels[c];
        }
      }
    }
    return values;
  }

  void normalize(float[] x, float[] y) {
    int done = inPairs(period) ? normalizePairs(x, y) : normalizeTiles(x, y);
    for (; done < x.length; done += period) {
      normalizeRange(x, done, 0, Math.min(period, x.length - done), y);
    }
  }

  /**
   * @return the number of values in them
   */
  private int normalizePairs(float[] x, float[] y) {
    int done = 0;
    for (; done <= x.length - 2 * period; done += 2 * period) {
      normalizePair(x, done, y);
    }
    return done;
  }

  private void normalizePair(float[] x, int from, float[] y) {
    int i = 0;
    for (; i <= period - WIDTH; i += WIDTH) {
      DoubleVector centers = Species.load(center, i);
      DoubleVector scales = Species.load(scale, i);
      DoubleVector shifts = Species.load(shift, i);
      int at = from + i;
      DoubleVector a = Species.load(x, at).sub(centers).fma(scales, shifts);
      DoubleVector b = Species.load(x, at + period).sub(centers).fma(scales, shifts);
      Species.narrow(a).intoArray(y, at);
      Species.narrow(b).intoArray(y, at + period);
    }
    for (; i < period; i++) {
      normalizeValue(x, from, i, y);
      normalizeValue(x, from + period, i, y);
    }
  }

  /**
   * Rows of whole QUADs, if there are enough.
   *
   * @return the number of values in them
   */
  private int normalizeTiles(float[] x, float[] y) {
    int row = period % WIDTH == 0 ? period * repeats(period, QUAD) : period;
    int rows = x.length / row;
    int tile = row == QUAD ? rows : TILE;
    for (int n = 0; n < rows; n += tile) {
      normalizeTile(x, n * row, row, Math.min(tile, rows - n), y);
    }
    return rows * row;
  }

  private void normalizeTile(float[] x, int at, int row, int rows, float[] y) {
    int quads = row - row % QUAD;
    for (int i = 0; i < quads; i += QUAD) {
      normalizeQuads(x, at + i, i % period, row, rows, y);
    }
    if (quads < row) {
      for (int n = 0; n < rows; n++) {
        normalizeRange(x, at + n * row, quads, row, y);
      }
    }
  }

  /** The QUAD at {@code at} in every row, whose constants begin at {@code a}. */
  private void normalizeQuads(float[] x, int at, int a, int row, int rows, float[] y) {
    int b = next(a);
    int c = next(b);
    int d = next(c);
    DoubleVector centerA = Species.load(center, a);
    DoubleVector centerB = Species.load(center, b);
    DoubleVector centerC = Species.load(center, c);
    DoubleVector centerD = Species.load(center, d);
    DoubleVector scaleA = Species.load(scale, a);
    DoubleVector scaleB = Species.load(scale, b);
    DoubleVector scaleC = Species.load(scale, c);
    DoubleVector scaleD = Species.load(scale, d);
    DoubleVector shiftA = Species.load(shift, a);
    DoubleVector shiftB = Species.load(shift, b);
    DoubleVector shiftC = Species.load(shift, c);
    DoubleVector shiftD = Species.load(shift, d);
    for (int n = 0; n < rows; n++) {
      int from = at + n * row;
      DoubleVector ya = Species.load(x, from).sub(centerA).fma(scaleA, shiftA);
      DoubleVector yb = Species.load(x, from + WIDTH).sub(centerB).fma(scaleB, shiftB);
      DoubleVector yc = Species.load(x, from + 2 * WIDTH).sub(centerC).fma(scaleC, shiftC);
      DoubleVector yd = Species.load(x, from + 3 * WIDTH).sub(centerD).fma(scaleD, shiftD);
      Species.narrow(ya).intoArray(y, from);
      Species.narrow(yb).intoArray(y, from + WIDTH);
      Species.narrow(yc).intoArray(y, from + 2 * WIDTH);
      Species.narrow(yd).intoArray(y, from + 3 * WIDTH);
    }
  }

  /** Where the constants behind those at {@code i} are; whole registers of them repeat. */
  private int next(int i) {
    return i + WIDTH < period ? i + WIDTH : 0;
  }

  /** Columns {@code [begin, end)} of the row that begins at {@code from}. */
  private void normalizeRange(float[] x, int from, int begin, int end, float[] y) {
    int i = begin;
    for (; i <= end - WIDTH; i += WIDTH) {
      DoubleVector a = Species.load(x, from + i).sub(Species.load(center, i));
      a = a.fma(Species.load(scale, i), Species.load(shift, i));
      Species.narrow(a).intoArray(y, from + i);
    }
    for (; i < end; i++) {
      normalizeValue(x, from, i, y);
    }
  }

  private void normalizeValue(float[] x, int from, int i, float[] y) {
    y[from + i] = (float) Math.fma(x[from + i] - center[i], scale[i], shift[i]);
  }
}
