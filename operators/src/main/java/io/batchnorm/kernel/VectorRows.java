package io.batchnorm.kernel;

import static io.batchnorm.kernel.Kernels.LANES;
import static io.batchnorm.kernel.Species.WIDTH;
import static io.batchnorm.kernel.VectorColumns.STRIDE;
import static io.batchnorm.kernel.VectorColumns.SUMS;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;

/**
 * Deviations of (N, C) input, a row of the tile after the other, their sums in memory: for rows
 * that are a multiple of {@link #TILE} floats apart. Every fourth of them begins at the same place
 * of a page, so that all visits {@link VectorColumns} would pay to a column go to one set of a
 * first-level cache, and the line is gone before its other half is read. Here a line is read at
 * once. A load and a store of every sum cost less than that, for four rows each.
 */
final class VectorRows {
  /** Channels visited together: four times as many floats are a page. */
  private static final int TILE = Scratch.TILE;

  /** Rows of which a fourth fits a set of a cache with 8 ways. */
  private static final int FEW = 32;

  /** Lanes that are folded into one sum. */
  private static final int FOLDED = LANES / SUMS;

  private final float[] x;
  private final int channels;
  private final double[] reference;
  private final double[] sums;
  private final double[] squares;

  /** Sum of channel {@code i} of the tile and lane {@code SUMS * n + l} at {@code n * TILE + i}. */
  private final double[] laneSums;

  private final double[] laneSquares;

  VectorRows(float[] x, int channels, Scratch scratch) {
    this.x = x;
    this.channels = channels;
    this.reference = scratch.reference;
    this.sums = scratch.sums;
    this.squares = scratch.squares;
    this.laneSums = scratch.laneSums;
    this.laneSquares = scratch.laneSquares;
  }

  /** Whether blocks of so many rows are better added here. All tiles are whole then. */
  boolean suit(int rows) {
    return channels % TILE == 0 && rows > FEW;
  }

  /**
   * @param at where the tile's first row lies
   */
  void addDeviations(int at, int rows) {
    for (int l = 0; l < SUMS; l++) {
      int lane = l;
      Apart.run(() -> addLanes(at, rows, lane));
    }
  }

  /** Lanes {@code lane} and 4, 8 and 12 behind it. */
  private void addLanes(int at, int rows, int lane) {
    Arrays.fill(laneSums, 0.0);
    Arrays.fill(laneSquares, 0.0);
    for (int n = 0; n < FOLDED; n++) {
      int row = lane + n * SUMS;
      for (; row < rows - 3 * LANES; row += 4 * LANES) {
        addFourRows(at + row * channels, n * TILE);
      }
      for (; row < rows; row += LANES) {
        addRow(at + row * channels, n * TILE);
      }
    }
    for (int i = 0; i < TILE; i += WIDTH) {
      folded(laneSums, i).intoArray(sums, lane * STRIDE + i);
      folded(laneSquares, i).intoArray(squares, lane * STRIDE + i);
    }
  }

  /** Four rows of the same lane, whose sums begin at {@code sum}. */
  private void addFourRows(int at, int sum) {
    int step = LANES * channels;
    for (int i = 0; i < TILE; i += WIDTH) {
      int from = at + i;
      int to = sum + i;
      DoubleVector center = Species.load(reference, i);
      DoubleVector a = Species.load(x, from).sub(center);
      DoubleVector b = Species.load(x, from + step).sub(center);
      DoubleVector c = Species.load(x, from + 2 * step).sub(center);
      DoubleVector d = Species.load(x, from + 3 * step).sub(center);
      Species.load(laneSums, to).add(a).add(b).add(c).add(d).intoArray(laneSums, to);
      DoubleVector square = Species.load(laneSquares, to);
      d.fma(d, c.fma(c, b.fma(b, a.fma(a, square)))).intoArray(laneSquares, to);
    }
  }

  private void addRow(int at, int sum) {
    for (int i = 0; i < TILE; i += WIDTH) {
      int to = sum + i;
      DoubleVector a = Species.load(x, at + i).sub(Species.load(reference, i));
      Species.load(laneSums, to).add(a).intoArray(laneSums, to);
      a.fma(a, Species.load(laneSquares, to)).intoArray(laneSquares, to);
    }
  }

  private static DoubleVector folded(double[] lanes, int i) {
    DoubleVector even = Species.load(lanes, i).add(Species.load(lanes, 2 * TILE + i));
    return even.add(Species.load(lanes, TILE + i).add(Species.load(lanes, 3 * TILE + i)));
  }
}
