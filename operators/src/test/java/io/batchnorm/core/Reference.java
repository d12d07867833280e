package io.batchnorm.core;

import java.math.BigDecimal;
import java.math.MathContext;

/** Plain formulas over the values of one channel, written without the code they judge. */
final class Reference {
  private static final MathContext DIGITS = new MathContext(60);

  private Reference() {}

  /** The values of channel {@code c}, batch index first, then position. */
  static float[] channel(FeatureMap x, int c) {
    int[] shape = x.shape();
    int plane = 1;
    for (int i = 2; i < shape.length; i++) {
      plane *= shape[i];
    }
    float[] channel = new float[shape[0] * plane];
    for (int n = 0; n < shape[0]; n++) {
      for (int i = 0; i < plane; i++) {
        channel[n * plane + i] = x.values()[(n * shape[1] + c) * plane + i];
      }
    }
    return channel;
  }

  /** Mean and M2 by two passes in 60 decimal digits, rounded at the end. */
  static double[] exactMoments(float[] values) {
    BigDecimal sum = BigDecimal.ZERO;
    for (float value : values) {
      sum = sum.add(new BigDecimal(value));
    }
    BigDecimal mean = sum.divide(BigDecimal.valueOf(values.length), DIGITS);
    BigDecimal m2 = BigDecimal.ZERO;
    for (float value : values) {
      BigDecimal deviation = new BigDecimal(value).subtract(mean, DIGITS);
      m2 = m2.add(deviation.multiply(deviation, DIGITS), DIGITS);
    }
    return new double[] {mean.doubleValue(), m2.doubleValue()};
  }

  /** Biased variance by two passes in double: good enough to scale a tolerance by. */
  static double biasedVar(float[] values) {
    double mean = 0;
    for (float value : values) {
      mean += value / (double) values.length;
    }
    double m2 = 0;
    for (float value : values) {
      m2 += (value - mean) * (value - mean);
    }
    return m2 / values.length;
  }

  /** The largest finite magnitude. */
  static double maxAbs(float[] values) {
    double max = 0;
    for (float value : values) {
      if (Float.isFinite(value)) {
        max = Math.max(max, Math.abs(value));
      }
    }
    return max;
  }
}
