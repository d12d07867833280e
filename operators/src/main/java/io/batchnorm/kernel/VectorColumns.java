package io.batchnorm.kernel;

import static io.batchnorm.kernel.Kernels.LANES;
import static io.batchnorm.kernel.Species.WIDTH;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Moments of (N, C) input with at least a register of channels, where it lies: what lies in a
 * register are channels, and a block's lanes are summed in registers, four at a time. The last
 * registers of a row overlap; a channel in both is summed twice, to the same bits. Where that order
 * of visits would find little in the first-level cache, {@link VectorRows} sums the tile.
 */
final class VectorColumns {
  /** Channels visited together; memory wants long runs, their sums the first-level cache. */
  private static final int TILE = Scratch.TILE;

  /** From one sum of a channel to its next. The last tile is wider, or might be too narrow. */
  static final int STRIDE = 2 * TILE;

  /** Sums of a channel, each of four lanes: those of {@code l}, and every fourth one after it. */
  static final int SUMS = LANES / 4;

  private final float[] x;
  private final int batch;
  private final int channels;
  private final double[] mean;
  private final double[] m2;

  /** Of every channel of the tile. */
  private final double[] reference;

  /**
   * Sum {@code l} of channel {@code i} of the tile at {@code l * STRIDE + i}. Behind them what they
   * come to: here the block's means, among the squares its M2.
   */
  private final double[] sums;

  private final double[] squares;

  private final VectorRows tiles;

  VectorColumns(float[] x, int batch, int channels, double[] mean, double[] m2) {
    this.x = x;
    this.batch = batch;
    this.channels = channels;
    this.mean = mean;
    this.m2 = m2;
    Scratch scratch = Scratch.ofThread();
    this.reference = scratch.reference;
    this.sums = scratch.sums;
    this.squares = scratch.squares;
    this.tiles = new VectorRows(x, channels, scratch);
  }

  void addAll() {
    for (int row = 0; row < batch; row += Kernels.BLOCK) {
      int rows = Math.min(Kernels.BLOCK, batch - row);
      int width;
      for (int c = 0; c < channels; c += width) {
        width = channels - c < STRIDE ? channels - c : TILE;
        addTile(row, rows, c, width);
      }
    }
  }

  private void addTile(int row, int rows, int c, int width) {
    int at = row * channels + c;
    Apart.run(() -> findReference(at, Math.min(rows, LANES), width));
    if (tiles.suit(rows)) {
      tiles.addDeviations(at, rows);
    } else {
      Apart.run(() -> addDeviations(at, rows, width));
    }
    Apart.run(() -> finish(row, rows, c, width));
  }

  private void findReference(int at, int first, int width) {
    if (first < LANES) {
      findReferenceOfFew(at, first, width);
      return;
    }
    DoubleVector count = DoubleVector.broadcast(Species.DOUBLES, LANES);
    for (int i = 0; i < width; i += WIDTH) {
      int to = Math.min(i, width - WIDTH);
      DoubleVector even = quarter(at + to, 0).add(quarter(at + to, 2));
      DoubleVector odd = quarter(at + to, 1).add(quarter(at + to, 3));
      even.add(odd).div(count).intoArray(reference, to);
    }
  }

  private DoubleVector quarter(int at, int row) {
    DoubleVector a = row(at, row).add(row(at, row + 8));
    return a.add(row(at, row + 4).add(row(at, row + 12)));
  }

  private DoubleVector row(int at, int row) {
    return Species.load(x, at + row * channels);
  }

  private void findReferenceOfFew(int at, int first, int width) {
    double[] lanes = new double[LANES];
    for (int i = 0; i < width; i++) {
      for (int l = 0; l < first; l++) {
        lanes[l] = x[at + l * channels + i];
      }
      reference[i] = BlockMoments.folded(lanes, 0) / first;
    }
  }

  private void addDeviations(int at, int rows, int width) {
    for (int l = 0; l < SUMS; l++) {
      for (int i = 0; i < width; i += WIDTH) {
        int to = Math.min(i, width - WIDTH);
        addFourLanes(at + to, rows, l, to);
      }
    }
  }

  /** Lanes {@code lane} and 4, 8 and 12 behind it, of the channels in one register. */
  private void addFourLanes(int at, int rows, int lane, int to) {
    DoubleVector center = Species.load(reference, to);
    DoubleVector sumA = DoubleVector.zero(Species.DOUBLES);
    DoubleVector sumB = sumA;
    DoubleVector sumC = sumA;
    DoubleVector sumD = sumA;
    DoubleVector squareA = sumA;
    DoubleVector squareB = sumA;
    DoubleVector squareC = sumA;
    DoubleVector squareD = sumA;
    int row = lane;
    int step = SUMS * channels;
    int from = at + lane * channels;
    for (; row < rows - 3 * SUMS; row += LANES) {
      DoubleVector a = Species.load(x, from).sub(center);
      DoubleVector b = Species.load(x, from + step).sub(center);
      DoubleVector c = Species.load(x, from + 2 * step).sub(center);
      DoubleVector d = Species.load(x, from + 3 * step).sub(center);
      from += 4 * step;
      sumA = sumA.add(a);
      sumB = sumB.add(b);
      sumC = sumC.add(c);
      sumD = sumD.add(d);
      squareA = a.fma(a, squareA);
      squareB = b.fma(b, squareB);
      squareC = c.fma(c, squareC);
      squareD = d.fma(d, squareD);
    }
    // Sums change places with each row that is left; (A + C) + (B + D) has the same bits in all.
    for (; row < rows; row += SUMS) {
      DoubleVector a = Species.load(x, from).sub(center);
      from += step;
      DoubleVector sum = sumA.add(a);
      sumA = sumB;
      sumB = sumC;
      sumC = sumD;
      sumD = sum;
      DoubleVector square = a.fma(a, squareA);
      squareA = squareB;
      squareB = squareC;
      squareC = squareD;
      squareD = square;
    }
    int l = lane * STRIDE + to;
    sumA.add(sumC).add(sumB.add(sumD)).intoArray(sums, l);
    squareA.add(squareC).add(squareB.add(squareD)).intoArray(squares, l);
  }

  private void finish(int row, int rows, int c, int width) {
    if (fold(row, rows, c, width)) {
      merge(row, rows, c, width);
    } else {
      mergeNonFinite(row, rows, c, width);
    }
  }

  /** Whether all means are finite, so far and with this block. */
  private boolean fold(int row, int rows, int c, int width) {
    DoubleVector count = DoubleVector.broadcast(Species.DOUBLES, rows);
    DoubleVector zeros = DoubleVector.zero(Species.DOUBLES);
    for (int i = 0; i < width; i += WIDTH) {
      int to = Math.min(i, width - WIDTH);
      DoubleVector s1 = folded(sums, to);
      DoubleVector h = s1.div(count);
      DoubleVector blockMean = Species.load(reference, to).add(h);
      blockMean.intoArray(sums, SUMS * STRIDE + to);
      folded(squares, to).sub(s1.mul(h)).intoArray(squares, SUMS * STRIDE + to);
      zeros = blockMean.sub(Species.load(mean, c + to)).fma(zeros, zeros);
    }
    return zeros.reduceLanes(VectorOperators.ADD) == 0;
  }

  private static DoubleVector folded(double[] sums, int i) {
    DoubleVector even = Species.load(sums, i).add(Species.load(sums, 2 * STRIDE + i));
    return even.add(Species.load(sums, STRIDE + i).add(Species.load(sums, 3 * STRIDE + i)));
  }

  /** {@link ChanMerge#add}, operation by operation. */
  private void merge(int row, int rows, int c, int width) {
    double weight = ChanMerge.weight(row, rows);
    double weightOfSquare = row * weight;
    int i = 0;
    for (; i <= width - WIDTH; i += WIDTH) {
      DoubleVector before = Species.load(mean, c + i);
      DoubleVector delta = Species.load(sums, SUMS * STRIDE + i).sub(before);
      before.add(delta.mul(weight)).intoArray(mean, c + i);
      DoubleVector added = delta.mul(delta).mul(weightOfSquare);
      DoubleVector blockM2 = Species.load(squares, SUMS * STRIDE + i);
      Species.load(m2, c + i).add(blockM2.add(added)).intoArray(m2, c + i);
    }
    for (; i < width; i++) {
      mergeChannel(row, c, i, weight);
    }
  }

  private void mergeChannel(int row, int c, int i, double weight) {
    double blockMean = sums[SUMS * STRIDE + i];
    double blockM2 = squares[SUMS * STRIDE + i];
    ChanMerge.add(mean, m2, c + i, row, blockMean, blockM2, weight);
  }

  private void mergeNonFinite(int row, int rows, int c, int width) {
    double weight = ChanMerge.weight(row, rows);
    for (int i = 0; i < width; i++) {
      if (!Double.isFinite(sums[SUMS * STRIDE + i])) {
        sums[SUMS * STRIDE + i] = plainMean(x, row * channels + c + i, channels, rows);
      }
      mergeChannel(row, c, i, weight);
    }
  }

  /** What a plain sum says of values that are not all finite, every {@code step}-th one. */
  static double plainMean(float[] x, int at, int step, int rows) {
    double sum = 0;
    for (int k = 0; k < rows; k++) {
      sum += x[at + k * step];
    }
    return sum / rows;
  }
}
