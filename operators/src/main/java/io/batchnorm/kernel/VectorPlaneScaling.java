package io.batchnorm.kernel;

import static io.batchnorm.kernel.Species.WIDTH;

import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link Kernels#normalize} of planes that fill registers, one plane after the other.
 *
 * <p>Samples and channels are two loops, for the compiler inlines a plane into them. With one loop
 * over planes, and the channel as a remainder, it had one number too many for its registers and
 * moved the array's address to a vector register and back for every sixteen values: a quarter
 * longer for planes of 7x7, and half as long again where it inlined more.
 *
 * @param plane values of one, at least {@code 2 * WIDTH}
 */
record VectorPlaneScaling(
    int batch, int channels, int plane, double[] center, double[] scale, double[] shift) {
  /** The square of this, and of any float32, is far from the end of double's range. */
  private static final double LARGEST_CENTER = 1e100;

  /** Whether deviations from all centers tell values that are finite from those that are not. */
  static boolean tellsBy(double[] center, int channels) {
    for (int c = 0; c < channels; c++) {
      if (!(Math.abs(center[c]) <= LARGEST_CENTER)) {
        return false;
      }
    }
    return true;
  }

  void normalize(float[] x, float[] y) {
    int from = 0;
    for (int n = 0; n < batch; n++) {
      for (int c = 0; c < channels; c++) {
        normalizePlane(x, from, plane, center[c], scale[c], shift[c], y);
        from += plane;
      }
    }
  }

  /** As {@link Kernels#normalizeFinite}. */
  int normalizeFinite(float[] x, float[] y) {
    int from = 0;
    for (int n = 0; n < batch; n++) {
      for (int c = 0; c < channels; c++) {
        if (!normalizeFinitePlane(x, from, plane, center[c], scale[c], shift[c], y)) {
          return n * channels + c;
        }
        from += plane;
      }
    }
    return -1;
  }

  private static void normalizePlane(
      float[] x, int from, int plane, double center, double scale, double shift, float[] y) {
    DoubleVector centers = DoubleVector.broadcast(Species.DOUBLES, center);
    DoubleVector scales = DoubleVector.broadcast(Species.DOUBLES, scale);
    DoubleVector shifts = DoubleVector.broadcast(Species.DOUBLES, shift);
    int last = from + plane - WIDTH;
    int i = from;
    for (; i < last - WIDTH; i += WIDTH) {
      Species.narrow(Species.load(x, i).sub(centers).fma(scales, shifts)).intoArray(y, i);
    }
    // The last two overlap, so both are read before one is written: y may be x.
    DoubleVector a = Species.load(x, i).sub(centers).fma(scales, shifts);
    DoubleVector b = Species.load(x, last).sub(centers).fma(scales, shifts);
    Species.narrow(a).intoArray(y, i);
    Species.narrow(b).intoArray(y, last);
  }

  /**
   * Sums products of two deviations, and of all one: where both are finite so is their product in
   * double, which no two float32 values exceed, and where one is not the product is not either, nor
   * is any sum of it. One more instruction for two registers, where a search has one for each, and
   * loads.
   *
   * @return whether all values are finite
   */
  private static boolean normalizeFinitePlane(
      float[] x, int from, int plane, double center, double scale, double shift, float[] y) {
    DoubleVector centers = DoubleVector.broadcast(Species.DOUBLES, center);
    DoubleVector scales = DoubleVector.broadcast(Species.DOUBLES, scale);
    DoubleVector shifts = DoubleVector.broadcast(Species.DOUBLES, shift);
    DoubleVector products = DoubleVector.zero(Species.DOUBLES);
    int last = from + plane - WIDTH;
    int i = from;
    for (; i < last - 2 * WIDTH; i += 2 * WIDTH) {
      DoubleVector a = Species.load(x, i).sub(centers);
      DoubleVector b = Species.load(x, i + WIDTH).sub(centers);
      products = a.fma(b, products);
      Species.narrow(a.fma(scales, shifts)).intoArray(y, i);
      Species.narrow(b.fma(scales, shifts)).intoArray(y, i + WIDTH);
    }
    if (i < last - WIDTH) {
      DoubleVector a = Species.load(x, i).sub(centers);
      products = a.fma(a, products);
      Species.narrow(a.fma(scales, shifts)).intoArray(y, i);
      i += WIDTH;
    }
    // The last two overlap, so both are read before one is written: y may be x.
    DoubleVector a = Species.load(x, i).sub(centers);
    DoubleVector b = Species.load(x, last).sub(centers);
    products = a.fma(b, products);
    Species.narrow(a.fma(scales, shifts)).intoArray(y, i);
    Species.narrow(b.fma(scales, shifts)).intoArray(y, last);
    return Double.isFinite(products.reduceLanes(VectorOperators.ADD));
  }
}
