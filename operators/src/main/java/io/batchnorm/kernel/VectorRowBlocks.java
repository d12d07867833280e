package io.batchnorm.kernel;

import static io.batchnorm.kernel.Kernels.LANES;
import static io.batchnorm.kernel.Species.WIDTH;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;

/**
 * Moments of (N, C) input where it lies: a lane is every 16th row, so neighbours in a row are added
 * to neighbours among the sums. Of few channels even 16 rows are one run of such neighbours.
 */
final class VectorRowBlocks {
  /** Channels up to which 16 rows are a run; their sums, 16 KB, fit the first-level cache. */
  private static final int FEW = 64;

  /** Channels in a tile at most; memory wants long runs, the sums of one lane the first cache. */
  private static final int TILE = Scratch.TILE;

  private final float[] x;
  private final int batch;
  private final int channels;
  private final double[] mean;
  private final double[] m2;

  /** Of every channel, and for few channels of every lane of every channel. */
  private final double[] reference;

  /** Lane by lane, as the squares are. */
  private final double[] sums;

  private final double[] squares;

  /**
   * What is done to a block, one after the other. The compiler does not inline three
   * implementations of one interface into their caller, which is wanted: it would inline all, up to
   * a limit, beyond which it makes objects of vectors, and ten times slower code.
   */
  private final Step[] steps = {this::findReference, this::addDeviations, this::finish};

  private interface Step {
    /**
     * @param at index of the block's first value
     * @param width channels in the block
     */
    void run(int at, int rows, int width);
  }

  VectorRowBlocks(float[] x, int batch, int channels, double[] mean, double[] m2) {
    this.x = x;
    this.batch = batch;
    this.channels = channels;
    this.mean = mean;
    this.m2 = m2;
    Scratch scratch = Scratch.ofThread();
    this.reference = scratch.reference;
    this.sums = scratch.sums;
    this.squares = scratch.squares;
  }

  void addAll() {
    for (int row = 0; row < batch; row += Kernels.BLOCK) {
      int rows = Math.min(Kernels.BLOCK, batch - row);
      for (int c = 0; c < channels; c += TILE) {
        int width = Math.min(TILE, channels - c);
        for (Step step : steps) {
          step.run(row * channels + c, rows, width);
        }
        merge(row, rows, c, width);
      }
    }
  }

  private void findReference(int at, int rows, int width) {
    int first = Math.min(rows, LANES);
    if (width == channels) {
      widen(at, first * width, 0);
    } else {
      for (int l = 0; l < first; l++) {
        widen(at + l * channels, width, l * width);
      }
    }
    Arrays.fill(sums, first * width, LANES * width, 0.0);
    fold(sums, width);
    for (int c = 0; c < width; c++) {
      reference[c] = sums[c] / first;
    }
    if (channels <= FEW) {
      for (int filled = width; filled < LANES * width; filled *= 2) {
        System.arraycopy(reference, 0, reference, filled, filled);
      }
    }
  }

  private void widen(int at, int length, int to) {
    int i = 0;
    for (; i <= length - WIDTH; i += WIDTH) {
      Species.load(x, at + i).intoArray(sums, to + i);
    }
    for (; i < length; i++) {
      sums[to + i] = x[at + i];
    }
  }

  private void addDeviations(int at, int rows, int width) {
    Arrays.fill(sums, 0, LANES * width, 0.0);
    Arrays.fill(squares, 0, LANES * width, 0.0);
    int end = at + (rows - 1) * channels + width;
    int lanes = channels <= FEW ? LANES : 1;
    for (int l = 0; l < LANES; l += lanes) {
      addRuns(at + l * channels, end, lanes * width, l * width);
    }
  }

  /** Runs that begin LANES rows apart, all to the same sums; the last one may be cut short. */
  private void addRuns(int at, int end, int length, int to) {
    int step = LANES * channels;
    int run = at;
    for (; run + 3 * step + length <= end; run += 4 * step) {
      addFourRuns(run, length, to);
    }
    for (; run < end; run += step) {
      addRun(run, Math.min(length, end - run), to);
    }
  }

  /** Four runs for one load and store of their sums. */
  private void addFourRuns(int at, int length, int to) {
    int step = LANES * channels;
    int whole = length - length % WIDTH;
    for (int i = 0; i < whole; i += WIDTH) {
      DoubleVector center = Species.load(reference, i);
      DoubleVector a = Species.load(x, at + i).sub(center);
      DoubleVector b = Species.load(x, at + i + step).sub(center);
      DoubleVector c = Species.load(x, at + i + 2 * step).sub(center);
      DoubleVector d = Species.load(x, at + i + 3 * step).sub(center);
      Species.load(sums, to + i).add(a).add(b).add(c).add(d).intoArray(sums, to + i);
      DoubleVector square = Species.load(squares, to + i);
      d.fma(d, c.fma(c, b.fma(b, a.fma(a, square)))).intoArray(squares, to + i);
    }
    for (int k = 0; k < 4; k++) {
      addValues(at + k * step, whole, length, to);
    }
  }

  private void addRun(int at, int length, int to) {
    int whole = length - length % WIDTH;
    for (int i = 0; i < whole; i += WIDTH) {
      DoubleVector d = Species.load(x, at + i).sub(Species.load(reference, i));
      Species.load(sums, to + i).add(d).intoArray(sums, to + i);
      d.fma(d, Species.load(squares, to + i)).intoArray(squares, to + i);
    }
    addValues(at, whole, length, to);
  }

  private void addValues(int at, int from, int length, int to) {
    for (int i = from; i < length; i++) {
      double d = x[at + i] - reference[i];
      sums[to + i] += d;
      squares[to + i] = Math.fma(d, d, squares[to + i]);
    }
  }

  /** By halves, two of them at a time; the lanes of all channels are neighbours. */
  private static void fold(double[] lanes, int width) {
    addQuarters(lanes, LANES / 4 * width);
    addQuarters(lanes, width);
  }

  private static void addQuarters(double[] lanes, int length) {
    int i = 0;
    for (; i <= length - WIDTH; i += WIDTH) {
      DoubleVector a = Species.load(lanes, i).add(Species.load(lanes, i + 2 * length));
      DoubleVector b = Species.load(lanes, i + length).add(Species.load(lanes, i + 3 * length));
      a.add(b).intoArray(lanes, i);
    }
    for (; i < length; i++) {
      double a = lanes[i] + lanes[i + 2 * length];
      lanes[i] = a + (lanes[i + length] + lanes[i + 3 * length]);
    }
  }

  /** Leaves the block's means in lane 0 of the sums, and its M2 in that of the squares. */
  private void finish(int at, int rows, int width) {
    fold(sums, width);
    fold(squares, width);
    int i = divide(rows, width);
    for (; i < width; i++) {
      double h = sums[i] / rows;
      squares[i] -= sums[i] * h;
      sums[i] = reference[i] + h;
    }
    for (i = 0; i < width; i++) {
      if (!Double.isFinite(sums[i])) {
        sums[i] = plainMean(at + i, rows);
      }
    }
  }

  /** The first channels of those; gives their number. */
  private int divide(int rows, int width) {
    DoubleVector count = DoubleVector.broadcast(Species.DOUBLES, rows);
    int i = 0;
    for (; i <= width - WIDTH; i += WIDTH) {
      DoubleVector sum = Species.load(sums, i);
      DoubleVector h = sum.div(count);
      Species.load(squares, i).sub(sum.mul(h)).intoArray(squares, i);
      Species.load(reference, i).add(h).intoArray(sums, i);
    }
    return i;
  }

  private double plainMean(int at, int rows) {
    double sum = 0;
    for (int k = 0; k < rows; k++) {
      sum += x[at + k * channels];
    }
    return sum / rows;
  }

  private void merge(int row, int rows, int c, int width) {
    double weight = ChanMerge.weight(row, rows);
    for (int i = 0; i < width; i++) {
      ChanMerge.add(mean, m2, c + i, row, sums[i], squares[i], weight);
    }
  }
}
