package io.batchnorm.core;

import io.batchnorm.kernel.KernelProvider;

/**
 * {@code y = (x - mean) / sqrt(var + eps) * weight + bias}, per channel, computed in double and
 * then rounded to float32.
 */
sealed class Scaling permits FrozenBatchNorm {
  /** Planes of fewer values gain nothing by one pass: each is asked whether it was finite. */
  private static final int LONG_PLANE = 64;

  private final double[] mean;
  private final double[] scale;
  private final double[] shift;

  /**
   * @param mean kept
   * @param var biased or not, infinite for a channel that becomes its bias
   * @param affine null for weight 1 and bias 0
   */
  Scaling(double[] mean, double[] var, double eps, Affine affine) {
    this.mean = mean;
    this.scale = new double[mean.length];
    this.shift = new double[mean.length];
    for (int c = 0; c < mean.length; c++) {
      double invStd = 1.0 / Math.sqrt(var[c] + eps);
      scale[c] = affine == null ? invStd : invStd * affine.weight(c);
      shift[c] = affine == null ? 0.0 : affine.bias(c);
    }
  }

  final int numFeatures() {
    return mean.length;
  }

  /**
   * Whatever the values are.
   *
   * @param over whether y is written over x
   */
  final FeatureMap apply(FeatureMap x, boolean over) {
    float[] y = target(x, over);
    KernelProvider.kernels()
        .normalize(
            x.values(), x.batchSize(), x.numFeatures(), x.spatialSize(), mean, scale, shift, y);
    return x.withValues(y);
  }

  /**
   * {@link #apply} to values that have to be finite: to long planes in one pass, where a search
   * before would be a third of the work.
   *
   * @param over whether y is written over x; if its planes are long they are lost then, also those
   *     of an x that is refused, and so is which value it was
   * @throws InvalidBatchException if some value is not finite
   */
  final FeatureMap applyIfFinite(FeatureMap x, boolean over) {
    if (x.spatialSize() < LONG_PLANE) {
      x.checkFinite();
      return apply(x, over);
    }
    float[] y = target(x, over);
    int plane =
        KernelProvider.kernels()
            .normalizeFinite(
                x.values(), x.batchSize(), x.numFeatures(), x.spatialSize(), mean, scale, shift, y);
    if (plane >= 0) {
      if (!over) {
        x.checkFinite();
      }
      throw x.notFinite("NaN or infinity", plane);
    }
    return x.withValues(y);
  }

  private static float[] target(FeatureMap x, boolean over) {
    return over ? x.values() : new float[x.values().length];
  }
}
