package io.batchnorm.kernel;

import static io.batchnorm.kernel.Species.WIDTH;

import java.util.Arrays;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;

/**
 * SIMD by {@code jdk.incubator.vector}, at any width of registers with the bits of {@link
 * ScalarKernels}. To be loaded only where that module is there.
 */
final class VectorKernels implements Kernels {
  /** Values that are searched before it is asked whether one of them was found. */
  private static final int SEARCHED = 1024;

  /**
   * @throws IllegalStateException if this CPU has no registers wide enough
   * @throws IllegalArgumentException if {@link KernelProvider#BITS} is not one of its widths
   */
  static VectorKernels create() {
    // Not left to the initializer of Species, whose exceptions would be errors.
    bits();
    return new VectorKernels();
  }

  /** Bits of the registers to use. */
  static int bits() {
    int available = VectorShape.preferredShape().vectorBitSize();
    // The instructions that widen floats to doubles came to x86 with wider registers, to ARM
    // before.
    int wanted = System.getProperty("os.arch").equals("amd64") ? 256 : 128;
    if (available < wanted) {
      throw new IllegalStateException(
          "SIMD kernels want registers of %d bits, this CPU or JVM has %d"
              .formatted(wanted, available));
    }
    int bits = Integer.getInteger(KernelProvider.BITS, Math.min(available, 512));
    if (bits > available || (bits != 128 && bits != 256 && bits != 512)) {
      throw new IllegalArgumentException(
          "-D%s=%d is not one of 128, 256, 512, or more than the %d of this CPU"
              .formatted(KernelProvider.BITS, bits, available));
    }
    return bits;
  }

  @Override
  public String name() {
    return "vector";
  }

  @Override
  public String toString() {
    return "vector (%d bits)".formatted(Species.BITS);
  }

  @Override
  public void moments(float[] x, int batch, int channels, int plane, double[] mean, double[] m2) {
    Arrays.fill(mean, 0, channels, 0.0);
    Arrays.fill(m2, 0, channels, 0.0);
    if (plane > 1) {
      Apart.run(() -> addPlanes(x, batch, channels, plane, mean, m2));
    } else if (channels >= WIDTH) {
      new VectorColumns(x, batch, channels, mean, m2).addAll();
    } else {
      Apart.run(() -> new VectorRuns(x, batch, channels, mean, m2).addAll());
    }
  }

  private static void addPlanes(
      float[] x, int batch, int channels, int plane, double[] mean, double[] m2) {
    BlockMoments moments =
        new BlockMoments(x, channels, plane, VectorKernels::addDeviations, mean, m2);
    if (plane >= VectorPlanes.SHORTEST && plane < PlaneBlocks.LONG) {
      new VectorPlanes(x, batch, channels, plane, moments).addAll();
    } else {
      new PlaneBlocks(x, batch, channels, plane, moments).addAll();
    }
  }

  private static void addDeviations(
      float[] v,
      int offset,
      int length,
      double reference,
      double[] sums,
      double[] squares,
      int lanes) {
    int whole = length - length % LANES;
    for (int l = 0; l < LANES; l += 2 * WIDTH) {
      addLanes(v, offset + l, whole, reference, lanes + l, sums, squares);
    }
    for (int k = whole; k < length; k++) {
      double d = v[offset + k] - reference;
      int l = lanes + k - whole;
      sums[l] += d;
      squares[l] = Math.fma(d, d, squares[l]);
    }
  }

  /** Two registers of lanes from {@code l} on: four chains of additions, which hide their delay. */
  private static void addLanes(
      float[] v, int at, int whole, double reference, int l, double[] sums, double[] squares) {
    DoubleVector center = DoubleVector.broadcast(Species.DOUBLES, reference);
    DoubleVector sumA = Species.load(sums, l);
    DoubleVector sumB = Species.load(sums, l + WIDTH);
    DoubleVector squareA = Species.load(squares, l);
    DoubleVector squareB = Species.load(squares, l + WIDTH);
    for (int k = 0; k < whole; k += LANES) {
      DoubleVector a = Species.load(v, at + k).sub(center);
      DoubleVector b = Species.load(v, at + k + WIDTH).sub(center);
      sumA = sumA.add(a);
      sumB = sumB.add(b);
      squareA = a.fma(a, squareA);
      squareB = b.fma(b, squareB);
    }
    sumA.intoArray(sums, l);
    sumB.intoArray(sums, l + WIDTH);
    squareA.intoArray(squares, l);
    squareB.intoArray(squares, l + WIDTH);
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
    if (x.length == 0) {
      return;
    }
    if (plane < 2 * WIDTH) {
      VectorRowScaling rows = VectorRowScaling.of(x.length, channels, plane, center, scale, shift);
      Apart.run(() -> rows.normalize(x, y));
    } else {
      var planes = new VectorPlaneScaling(batch, channels, plane, center, scale, shift);
      Apart.run(() -> planes.normalize(x, y));
    }
  }

  @Override
  public int normalizeFinite(
      float[] x,
      int batch,
      int channels,
      int plane,
      double[] center,
      double[] scale,
      double[] shift,
      float[] y) {
    if (plane < 2 * WIDTH || !VectorPlaneScaling.tellsBy(center, channels)) {
      return Kernels.super.normalizeFinite(x, batch, channels, plane, center, scale, shift, y);
    }
    var planes = new VectorPlaneScaling(batch, channels, plane, center, scale, shift);
    int[] found = new int[1];
    Apart.run(() -> found[0] = planes.normalizeFinite(x, y));
    return found[0];
  }

  @Override
  public int firstNonFinite(float[] x) {
    if (x.length < SEARCHED) {
      return ScalarKernels.firstNonFinite(x, 0);
    }
    int[] finite = new int[1];
    Apart.run(() -> finite[0] = finiteAtLeast(x));
    return ScalarKernels.firstNonFinite(x, finite[0]);
  }

  /**
   * So many values are finite; the next one may be, too. A finite value times 0 is 0, any other is
   * NaN, and so is every sum of it.
   */
  private static int finiteAtLeast(float[] x) {
    FloatVector zero = FloatVector.zero(Species.FLOATS);
    int from = 0;
    for (; from <= x.length - SEARCHED; from += SEARCHED) {
      FloatVector a = zero;
      FloatVector b = zero;
      FloatVector c = zero;
      FloatVector d = zero;
      for (int i = from; i < from + SEARCHED; i += 4 * WIDTH) {
        a = Species.floats(x, i).fma(zero, a);
        b = Species.floats(x, i + WIDTH).fma(zero, b);
        c = Species.floats(x, i + 2 * WIDTH).fma(zero, c);
        d = Species.floats(x, i + 3 * WIDTH).fma(zero, d);
      }
      if (a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD) != 0) {
        break;
      }
    }
    return from;
  }
}
