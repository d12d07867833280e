package io.batchnorm.core;

/**
 * The size of one rounding error in y: {@code unit * (|b| + |w| / sqrt(var + eps) * max|x|)} per
 * channel, {@code max|x| + |runningMean|} in eval mode. Every implementation of batch norm that
 * works in a format of that unit is off by a small multiple c of it, however badly conditioned the
 * input is.
 */
final class ErrorScale {
  /** Unit of float32. */
  static final double FLOAT = 0x1p-23;

  /** Unit of float64. */
  static final double DOUBLE = 0x1p-52;

  private final BatchNormConfig config;
  private final Affine affine;

  ErrorScale(BatchNormConfig config, Affine affine) {
    this.config = config;
    this.affine = affine;
  }

  /**
   * c of PyTorch's CPU kernel, measured over seven conditionings up to mean / std of 1e6: at most
   * 1.04 in training and 1.15 in eval mode wherever the plane has more than one value. For (N, C)
   * input its accumulators are float32, and c grows with the rows: 0.66 at 8, 2.6 at 64, 13 at
   * 1024. So we assert 2, and for 9 to 64 rows of a plane of one value 4; beyond that PyTorch's
   * float32 is no reference.
   */
  static double pytorchsFactor(FeatureMap x) {
    if (x.spatialSize() > 1 || x.batchSize() <= 8) {
      return 2;
    }
    if (x.batchSize() > 64) {
      throw new AssertionError("compare " + x + " with a float64 module");
    }
    return 4;
  }

  double ofTraining(FeatureMap x, int c) {
    float[] values = Reference.channel(x, c);
    return scale(c, Reference.maxAbs(values), Reference.biasedVar(values));
  }

  double ofEval(FeatureMap x, int c, double mean, double var) {
    return scale(c, Reference.maxAbs(Reference.channel(x, c)) + Math.abs(mean), var);
  }

  private double scale(int c, double max, double var) {
    double weight = affine == null ? 1 : Math.abs(affine.weight(c));
    double bias = affine == null ? 0 : Math.abs(affine.bias(c));
    return bias + weight / Math.sqrt(var + config.eps()) * max;
  }
}
