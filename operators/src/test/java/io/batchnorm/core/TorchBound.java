package io.batchnorm.core;

/**
 * How far PyTorch's module of one floating-point format may be from ours, step by step. Its state
 * drifts with every step, so the bound of it does too.
 */
final class TorchBound {
  private final double unit;
  private final RandomLayer layer;
  private final ErrorScale scale;
  private final double[] meanError;
  private final double[] varError;

  /**
   * @param unit {@link ErrorScale#FLOAT} or {@link ErrorScale#DOUBLE}
   */
  TorchBound(double unit, RandomLayer layer) {
    this.unit = unit;
    this.layer = layer;
    this.scale = new ErrorScale(layer.config, layer.affine);
    this.meanError = new double[layer.channels];
    this.varError = new double[layer.channels];
  }

  /** Tolerance of a y of training: PyTorch's error, and the rounding of our y to float32. */
  double ofTraining(FeatureMap x, int c, double y) {
    return factor(x) * unit * scale.ofTraining(x, c) + rounding(y);
  }

  /** Tolerance of a y of eval mode by the same statistics. */
  double ofEval(FeatureMap x, int c, RunningStatistics statistics, double y) {
    return factor(x) * unit * scale.ofEval(x, c, statistics.mean(c), statistics.var(c))
        + rounding(y);
  }

  private double rounding(double y) {
    return unit == ErrorScale.FLOAT ? 0 : 0.5 * Math.ulp((float) y);
  }

  /** For float64 the rounding errors of a running sum of n values, at their worst. */
  private double factor(FeatureMap x) {
    return unit == ErrorScale.FLOAT
        ? ErrorScale.pytorchsFactor(x)
        : 16 + x.valuesPerChannel() / 2.0;
  }

  /** Moves the bounds of the state on by one training step, after which {@code next} stands. */
  void train(FeatureMap x, RunningStatistics next) {
    double f = layer.config.averaging().factor(next.numBatchesTracked());
    for (int c = 0; c < meanError.length; c++) {
      float[] values = Reference.channel(x, c);
      double max = Reference.maxAbs(values);
      double var = Reference.biasedVar(values);
      double unbiased = var * values.length / (values.length - 1);
      double batchMeanError = factor(x) * unit * max;
      meanError[c] = (1 - f) * meanError[c] + f * batchMeanError + unit * Math.abs(next.mean(c));
      double batchVarError = relativeVarError(x, max, var) * unbiased;
      varError[c] = (1 - f) * varError[c] + f * batchVarError + unit * next.var(c);
    }
  }

  /**
   * An error e of the mean makes M2 too large by n * e * e. Where the plane has more than one value
   * PyTorch sums in double, and e is the rounding of the mean; for (N, C) input it is that of the
   * running sum, and every addition to M2 rounds too.
   */
  private double relativeVarError(FeatureMap x, double max, double var) {
    boolean doubleSums = unit == ErrorScale.FLOAT && x.spatialSize() > 1;
    double e = (doubleSums ? 0.5 : factor(x)) * unit * max;
    double additions = doubleSums ? 0 : x.valuesPerChannel() / 2.0;
    return (4 + additions) * unit + (var == 0 ? 0 : e * e / var);
  }

  double ofMean(int c) {
    return meanError[c];
  }

  double ofVar(int c) {
    return varError[c];
  }
}
