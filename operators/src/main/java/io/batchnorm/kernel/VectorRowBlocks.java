package io.batchnorm.kernel;

import static io.batchnorm.kernel.Kernels.LANES;
import static io.batchnorm.kernel.Species.WIDTH;

import jdk.incubator.vector.DoubleVector;

/**
 * Moments of (N, C) input, channels beside one another in registers. Lanes are rows here, so every
 * value is read where it is. Wants at least {@link Species#WIDTH} channels.
 *
 * <p>Where the width of a tile is no multiple of that of a register, the last register overlaps the
 * one before, and writes what is there already.
 */
final class VectorRowBlocks {
  /** Channels in a tile at most: their lanes, 16 KB, stay in the first-level cache. */
  private static final int TILE = 64;

  private final float[] x;
  private final int batch;
  private final int channels;
  private final double[] mean;
  private final double[] m2;

  private final double[] reference = new double[TILE];
  private final double[] sums = new double[LANES * TILE];
  private final double[] squares = new double[LANES * TILE];
  private final double[] blockMean = new double[TILE];
  private final double[] blockM2 = new double[TILE];

  VectorRowBlocks(float[] x, int batch, int channels, double[] mean, double[] m2) {
    this.x = x;
    this.batch = batch;
    this.channels = channels;
    this.mean = mean;
    this.m2 = m2;
  }

  void addAll() {
    // About equal tiles, so that none is narrower than a register.
    int tiles = (channels + TILE - 1) / TILE;
    for (int row = 0; row < batch; row += Kernels.BLOCK) {
      int rows = Math.min(Kernels.BLOCK, batch - row);
      for (int tile = 0; tile < tiles; tile++) {
        int from = (int) ((long) channels * tile / tiles);
        int to = (int) ((long) channels * (tile + 1) / tiles);
        addBlock(row * channels + from, rows, to - from);
        merge(row, rows, from, to - from);
      }
    }
  }

  private void addBlock(int at, int rows, int width) {
    int last = width - WIDTH;
    for (int v = 0; v < width; v += WIDTH) {
      findReference(at, rows, Math.min(v, last));
    }
    for (int l = 0; l < LANES; l++) {
      for (int v = 0; v < width; v += 2 * WIDTH) {
        addLane(at, rows, l, Math.min(v, last), Math.min(v + WIDTH, last));
      }
    }
    for (int v = 0; v < width; v += WIDTH) {
      finish(rows, Math.min(v, last));
    }
  }

  private void findReference(int at, int rows, int v) {
    for (int l = 0; l < LANES; l++) {
      DoubleVector values =
          l < rows ? Species.load(x, at + l * channels + v) : DoubleVector.zero(Species.DOUBLES);
      values.intoArray(sums, l * TILE + v);
    }
    folded(sums, v).div(Math.min(rows, LANES)).intoArray(reference, v);
  }

  /** Every 16th row, of two registers of channels: half a cache line or a whole one. */
  private void addLane(int at, int rows, int l, int v, int w) {
    DoubleVector centerV = Species.load(reference, v);
    DoubleVector centerW = Species.load(reference, w);
    DoubleVector sumV = DoubleVector.zero(Species.DOUBLES);
    DoubleVector sumW = DoubleVector.zero(Species.DOUBLES);
    DoubleVector squareV = DoubleVector.zero(Species.DOUBLES);
    DoubleVector squareW = DoubleVector.zero(Species.DOUBLES);
    int row = at + l * channels;
    for (int k = l; k < rows; k += LANES) {
      DoubleVector a = Species.load(x, row + v).sub(centerV);
      DoubleVector b = Species.load(x, row + w).sub(centerW);
      sumV = sumV.add(a);
      sumW = sumW.add(b);
      squareV = squareV.add(a.mul(a));
      squareW = squareW.add(b.mul(b));
      row += LANES * channels;
    }
    sumV.intoArray(sums, l * TILE + v);
    sumW.intoArray(sums, l * TILE + w);
    squareV.intoArray(squares, l * TILE + v);
    squareW.intoArray(squares, l * TILE + w);
  }

  private void finish(int rows, int v) {
    DoubleVector s1 = folded(sums, v);
    DoubleVector h = s1.div(rows);
    Species.load(reference, v).add(h).intoArray(blockMean, v);
    folded(squares, v).sub(s1.mul(h)).intoArray(blockM2, v);
  }

  /** The tree of {@link BlockMoments}, for a register of channels. */
  private static DoubleVector folded(double[] lanes, int v) {
    return quarter(lanes, v)
        .add(quarter(lanes, v + 2 * TILE))
        .add(quarter(lanes, v + TILE).add(quarter(lanes, v + 3 * TILE)));
  }

  private static DoubleVector quarter(double[] lanes, int v) {
    return Species.load(lanes, v)
        .add(Species.load(lanes, v + 8 * TILE))
        .add(Species.load(lanes, v + 4 * TILE).add(Species.load(lanes, v + 12 * TILE)));
  }

  private void merge(int row, int rows, int from, int width) {
    for (int i = 0; i < width; i++) {
      if (!Double.isFinite(blockMean[i])) {
        blockMean[i] = plainMean(row * channels + from + i, rows);
      }
      ChanMerge.add(mean, m2, from + i, row, blockMean[i], blockM2[i], rows);
    }
  }

  private double plainMean(int at, int rows) {
    double sum = 0;
    for (int k = 0; k < rows; k++) {
      sum += x[at + k * channels];
    }
    return sum / rows;
  }
}
