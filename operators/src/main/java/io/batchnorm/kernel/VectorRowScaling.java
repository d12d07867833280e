package io.batchnorm.kernel;

import static io.batchnorm.kernel.Species.WIDTH;

import jdk.incubator.vector.DoubleVector;

/**
 * Scale and shift where neighbours in memory belong to different channels: (N, C) input and the
 * smallest planes. The constants are laid out as the values are, a row of them; those of four
 * registers of a row are loaded once for several rows. Most loads of them reach into two cache
 * lines, so that with a load of each for every value the arithmetic waits.
 */
final class VectorRowScaling {
  /** Values whose constants are loaded together. */
  private static final int QUAD = 4 * WIDTH;

  /** Rows for one load of their constants: more are more pages than memory reads ahead of. */
  private static final int TILE = 8;

  /** Shorter rows are repeated up to this many values, or their ends would cost more than they. */
  private static final int SHORT = 64;

  /**
   * Longer rows come one by one, which is the order that memory reads ahead in; their constants are
   * loaded anew for each, up to {@link #CACHED} values from the first-level cache.
   */
  private static final int TILED = 512;

  /** Values that have their constants, 24 bytes each, and their row in a cache of 32 KiB. */
  private static final int CACHED = 1024;

  /** Rows of whole QUADs there must be, to be worth their constants. */
  private static final int MANY = 4;

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

  /** A row is a sample, or as many as make it a multiple of QUAD. */
  static VectorRowScaling of(
      int length, int channels, int plane, double[] center, double[] scale, double[] shift) {
    int sample = channels * plane;
    int whole = oneByOne(sample) ? 1 : Math.max(1, QUAD / Integer.lowestOneBit(sample));
    boolean worthIt = (long) MANY * whole * sample <= length;
    int repeats = worthIt ? whole : Math.max(1, SHORT / sample);
    if (plane == 1 && repeats == 1) {
      return new VectorRowScaling(center, scale, shift, channels);
    }
    return new VectorRowScaling(
        spread(center, channels, plane, repeats),
        spread(scale, channels, plane, repeats),
        spread(shift, channels, plane, repeats),
        sample * repeats);
  }

  private static boolean oneByOne(int row) {
    return row > TILED && row <= CACHED;
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
    int rows = x.length / row;
    if (oneByOne(row)) {
      for (int n = 0; n < rows; n++) {
        normalizeRange(x, n * row, 0, row, y);
      }
    } else {
      normalizeTiles(x, rows, y);
    }
    normalizeRange(x, rows * row, 0, x.length % row, y);
  }

  private void normalizeTiles(float[] x, int rows, float[] y) {
    int tile = row == QUAD ? rows : TILE;
    for (int n = 0; n < rows; n += tile) {
      normalizeTile(x, n * row, Math.min(tile, rows - n), y);
    }
  }

  private void normalizeTile(float[] x, int at, int rows, float[] y) {
    int quads = row - row % QUAD;
    for (int i = 0; i < quads; i += QUAD) {
      normalizeQuads(x, at + i, i, rows, y);
    }
    if (quads < row) {
      for (int n = 0; n < rows; n++) {
        normalizeRange(x, at + n * row, quads, row, y);
      }
    }
  }

  /** From column {@code i} on, of every row. */
  private void normalizeQuads(float[] x, int at, int i, int rows, float[] y) {
    DoubleVector centerA = Species.load(center, i);
    DoubleVector centerB = Species.load(center, i + WIDTH);
    DoubleVector centerC = Species.load(center, i + 2 * WIDTH);
    DoubleVector centerD = Species.load(center, i + 3 * WIDTH);
    DoubleVector scaleA = Species.load(scale, i);
    DoubleVector scaleB = Species.load(scale, i + WIDTH);
    DoubleVector scaleC = Species.load(scale, i + 2 * WIDTH);
    DoubleVector scaleD = Species.load(scale, i + 3 * WIDTH);
    DoubleVector shiftA = Species.load(shift, i);
    DoubleVector shiftB = Species.load(shift, i + WIDTH);
    DoubleVector shiftC = Species.load(shift, i + 2 * WIDTH);
    DoubleVector shiftD = Species.load(shift, i + 3 * WIDTH);
    for (int n = 0; n < rows; n++) {
      int from = at + n * row;
      DoubleVector a = Species.load(x, from).sub(centerA).fma(scaleA, shiftA);
      DoubleVector b = Species.load(x, from + WIDTH).sub(centerB).fma(scaleB, shiftB);
      DoubleVector c = Species.load(x, from + 2 * WIDTH).sub(centerC).fma(scaleC, shiftC);
      DoubleVector d = Species.load(x, from + 3 * WIDTH).sub(centerD).fma(scaleD, shiftD);
      Species.narrow(a).intoArray(y, from);
      Species.narrow(b).intoArray(y, from + WIDTH);
      Species.narrow(c).intoArray(y, from + 2 * WIDTH);
      Species.narrow(d).intoArray(y, from + 3 * WIDTH);
    }
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
      y[from + i] = (float) Math.fma(x[from + i] - center[i], scale[i], shift[i]);
    }
  }
}
