package io.batchnorm.kernel;

import static io.batchnorm.kernel.Kernels.BLOCK;
import static io.batchnorm.kernel.Kernels.LANES;
import static io.batchnorm.kernel.Species.WIDTH;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;

/**
 * Moments of planes that are a part of a block, where they lie: each goes on at the lane where the
 * channel's last one ended. That is the same lane for all channels, so that what is peculiar to its
 * first and last values is found once for many planes.
 *
 * <p>Registers hold 16 lanes in their order, so the first of a plane begin before it and the last
 * end behind it, in its neighbours. What is not of the part that is added is multiplied by 0, as
 * the compiler of Java 17 makes objects where bits are masked; a value there that is not finite
 * becomes NaN, and the block is added once more, value by value.
 */
final class VectorPlanes {
  /**
   * Of shorter planes most registers would hold little; to copy them to blocks costs less. Never
   * below LANES, or what lies before a plane might lie before the array.
   */
  static final int SHORTEST = 2 * LANES;

  /** Channels visited together. Their sums, 16 KiB, stay in a first-level cache. */
  private static final int GROUP = BlockMoments.SLOTS;

  /** Lanes that are not there, lanes that are, and again some that are not. */
  private static final double[] PRESENT = new double[3 * LANES];

  static {
    Arrays.fill(PRESENT, LANES, 2 * LANES, 1);
  }

  private final float[] x;
  private final int batch;
  private final int channels;
  private final int plane;
  private final BlockMoments moments;
  private final double[] references;
  private final double[] sums;
  private final double[] squares;

  /** Where the first values of a block lie, of the group's first channel. */
  private final int[] firsts = new int[LANES];

  /**
   * @param plane at least {@link #SHORTEST}
   */
  VectorPlanes(float[] x, int batch, int channels, int plane, BlockMoments moments) {
    this.x = x;
    this.batch = batch;
    this.channels = channels;
    this.plane = plane;
    this.moments = moments;
    this.references = moments.references;
    this.sums = moments.sums;
    this.squares = moments.squares;
  }

  void addAll() {
    for (int c = 0; c < channels; c += GROUP) {
      addGroup(c, Math.min(GROUP, channels - c));
    }
  }

  /** A plane is one part of the group's blocks, or several if blocks end in it. */
  private void addGroup(int c, int width) {
    int total = batch * plane;
    int length;
    for (int k = 0; k < total; k += length) {
      int inBlock = k % BLOCK;
      length = Math.min(plane - k % plane, BLOCK - inBlock);
      if (inBlock == 0) {
        begin(c, width, k, Math.min(total - k, LANES));
      }
      addParts(moments.index(c, k), length, k % LANES, width);
      if (inBlock + length == BLOCK || k + length == total) {
        merge(c, width, k - inBlock, inBlock + length);
      }
    }
  }

  /**
   * Finds the references of a block.
   *
   * @param k values in the blocks before
   * @param first values that the reference is made of
   */
  private void begin(int c, int width, int k, int first) {
    for (int l = 0; l < first; l++) {
      firsts[l] = moments.index(c, k + l);
    }
    for (int slot = 0; slot < width; slot++) {
      for (int l = 0; l < first; l++) {
        sums[slot * LANES + l] = x[firsts[l] + slot * plane];
      }
      references[slot] = BlockMoments.folded(sums, slot * LANES) / first;
    }
    Arrays.fill(sums, 0, width * LANES, 0.0);
  }

  /**
   * @param at where the part lies in the group's first channel
   * @param first lane of its first value
   */
  private void addParts(int at, int length, int first, int width) {
    int end = first + length;
    int reach = at - first + Math.max(2 * LANES, end + LANES - 1 & -LANES);
    int safe = width;
    while (safe > 0 && reach + (safe - 1) * plane > x.length) {
      safe--;
    }
    for (int l = 0; l < LANES; l += 2 * WIDTH) {
      addLanes(at - first + l, first, end, l, safe);
    }
    for (int slot = safe; slot < width; slot++) {
      addOneByOne(at + slot * plane, length, first, slot);
    }
  }

  /**
   * Two registers of lanes from {@code l} on.
   *
   * @param start where lane {@code l} lies in the first 16 values, of the group's first channel
   * @param first lane of the part's first value, below 16
   * @param end {@code first} and the part's length: behind its last value, counted as the lanes are
   * @param width slots to add to
   */
  private void addLanes(int start, int first, int end, int l, int width) {
    int last = Math.max(LANES, end - 1 & -LANES);
    DoubleVector headA = from(first, l).mul(before(end, l));
    DoubleVector headB = from(first, l + WIDTH).mul(before(end, l + WIDTH));
    DoubleVector tailA = before(end - last, l);
    DoubleVector tailB = before(end - last, l + WIDTH);
    for (int slot = 0; slot < width; slot++) {
      int at = start + slot * plane;
      int lanes = slot * LANES + l;
      DoubleVector center = DoubleVector.broadcast(Species.DOUBLES, references[slot]);
      DoubleVector a = Species.load(x, at).sub(center).mul(headA);
      DoubleVector b = Species.load(x, at + WIDTH).sub(center).mul(headB);
      DoubleVector sumA = Species.load(sums, lanes).add(a);
      DoubleVector sumB = Species.load(sums, lanes + WIDTH).add(b);
      DoubleVector squareA = a.fma(a, Species.load(squares, lanes));
      DoubleVector squareB = b.fma(b, Species.load(squares, lanes + WIDTH));
      for (int k = LANES; k < last; k += LANES) {
        DoubleVector c = Species.load(x, at + k).sub(center);
        DoubleVector d = Species.load(x, at + k + WIDTH).sub(center);
        sumA = sumA.add(c);
        sumB = sumB.add(d);
        squareA = c.fma(c, squareA);
        squareB = d.fma(d, squareB);
      }
      DoubleVector e = Species.load(x, at + last).sub(center).mul(tailA);
      DoubleVector f = Species.load(x, at + last + WIDTH).sub(center).mul(tailB);
      sumA.add(e).intoArray(sums, lanes);
      sumB.add(f).intoArray(sums, lanes + WIDTH);
      e.fma(e, squareA).intoArray(squares, lanes);
      f.fma(f, squareB).intoArray(squares, lanes + WIDTH);
    }
  }

  /** 1 for each lane of the register at {@code l} that is {@code first} or behind it, else 0. */
  private static DoubleVector from(int first, int l) {
    return Species.load(PRESENT, LANES - first + l);
  }

  /** 1 for each lane of the register at {@code l} that is before {@code end}, else 0. */
  private static DoubleVector before(int end, int l) {
    return Species.load(PRESENT, 2 * LANES - Math.max(0, Math.min(LANES, end)) + l);
  }

  private void addOneByOne(int at, int length, int first, int slot) {
    for (int i = 0; i < length; i++) {
      double d = x[at + i] - references[slot];
      int l = slot * LANES + (first + i) % LANES;
      sums[l] += d;
      squares[l] = Math.fma(d, d, squares[l]);
    }
  }

  /**
   * @param before values of each channel in earlier blocks
   */
  private void merge(int c, int width, int before, int length) {
    for (int slot = 0; slot < width; slot++) {
      if (!Double.isFinite(BlockMoments.folded(sums, slot * LANES))) {
        addAgain(c + slot, before, length, slot);
      }
      moments.merge(slot, length, c + slot, before);
    }
  }

  private void addAgain(int c, int before, int length, int slot) {
    moments.clear(slot);
    int part;
    for (int k = before; k < before + length; k += part) {
      part = Math.min(plane - k % plane, before + length - k);
      addOneByOne(moments.index(c, k), part, k % LANES, slot);
    }
  }
}
