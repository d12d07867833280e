package io.batchnorm.kernel;

import static io.batchnorm.kernel.Kernels.LANES;
import static io.batchnorm.kernel.Species.WIDTH;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;

/**
 * Moments of (N, C) input with fewer channels than a register has places, where it lies: 16 rows
 * are one run of values, each of a lane and channel of its own, added to a run of as many sums.
 */
final class VectorRuns {
  private final float[] x;
  private final int batch;
  private final int channels;
  private final double[] mean;
  private final double[] m2;

  /** Values in 16 rows. */
  private final int run;

  /** Of every channel, again and again, as long as a run. */
  private final double[] reference;

  /** Lane by lane, as the squares are. */
  private final double[] sums;

  private final double[] squares;

  VectorRuns(float[] x, int batch, int channels, double[] mean, double[] m2) {
    this.x = x;
    this.batch = batch;
    this.channels = channels;
    this.mean = mean;
    this.m2 = m2;
    this.run = LANES * channels;
    Scratch scratch = Scratch.ofThread();
    this.reference = scratch.reference;
    this.sums = scratch.sums;
    this.squares = scratch.squares;
  }

  void addAll() {
    for (int row = 0; row < batch; row += Kernels.BLOCK) {
      int rows = Math.min(Kernels.BLOCK, batch - row);
      findReference(row * channels, Math.min(rows, LANES));
      addDeviations(row * channels, (row + rows) * channels);
      merge(row, rows);
    }
  }

  private void findReference(int at, int first) {
    Arrays.fill(sums, 0, run, 0.0);
    for (int i = 0; i < first * channels; i++) {
      sums[i] = x[at + i];
    }
    fold(sums);
    for (int c = 0; c < channels; c++) {
      reference[c] = sums[c] / first;
    }
    for (int filled = channels; filled < run; filled *= 2) {
      System.arraycopy(reference, 0, reference, filled, filled);
    }
  }

  private void addDeviations(int from, int end) {
    Arrays.fill(sums, 0, run, 0.0);
    Arrays.fill(squares, 0, run, 0.0);
    int at = from;
    for (; at <= end - 4 * run; at += 4 * run) {
      addFourRuns(at);
    }
    for (; at < end; at += run) {
      addRun(at, Math.min(run, end - at));
    }
  }

  /** Four runs for one load and store of their sums. */
  private void addFourRuns(int at) {
    for (int i = 0; i < run; i += WIDTH) {
      DoubleVector center = Species.load(reference, i);
      DoubleVector a = Species.load(x, at + i).sub(center);
      DoubleVector b = Species.load(x, at + i + run).sub(center);
      DoubleVector c = Species.load(x, at + i + 2 * run).sub(center);
      DoubleVector d = Species.load(x, at + i + 3 * run).sub(center);
      Species.load(sums, i).add(a).add(b).add(c).add(d).intoArray(sums, i);
      DoubleVector square = Species.load(squares, i);
      d.fma(d, c.fma(c, b.fma(b, a.fma(a, square)))).intoArray(squares, i);
    }
  }

  private void addRun(int at, int length) {
    for (int i = 0; i < length; i++) {
      double d = x[at + i] - reference[i];
      sums[i] += d;
      squares[i] = Math.fma(d, d, squares[i]);
    }
  }

  /** By halves; the lanes of all channels are neighbours. Lane 0 is the sum. */
  private void fold(double[] lanes) {
    for (int half = run / 2; half >= channels; half /= 2) {
      for (int i = 0; i < half; i++) {
        lanes[i] += lanes[i + half];
      }
    }
  }

  private void merge(int row, int rows) {
    fold(sums);
    fold(squares);
    double weight = ChanMerge.weight(row, rows);
    for (int c = 0; c < channels; c++) {
      double h = sums[c] / rows;
      double blockMean = reference[c] + h;
      double blockM2 = squares[c] - sums[c] * h;
      if (!Double.isFinite(blockMean)) {
        blockMean = VectorColumns.plainMean(x, row * channels + c, channels, rows);
      }
      ChanMerge.add(mean, m2, c, row, blockMean, blockM2, weight);
    }
  }
}
