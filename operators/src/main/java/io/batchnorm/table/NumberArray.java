package io.batchnorm.table;

import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RejectionReason;
import java.io.Serializable;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;

/**
 * An argument that is an array of statistics, one number for each channel. What is no such array is
 * a rejected row, by {@link RejectionReason#MALFORMED_STATISTICS}.
 */
final class NumberArray implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String name;
  private final ArrayData.ElementGetter elements;

  NumberArray(String name, ArrayData.ElementGetter elements) {
    this.name = name;
    this.elements = elements;
  }

  double[] finite(Object array) {
    double[] values = values(array);
    for (int c = 0; c < values.length; c++) {
      check(Double.isFinite(values[c]), c, values[c], "a finite number");
    }
    return values;
  }

  /** As the file has it, a variance may be infinite. */
  double[] notNegative(Object array) {
    double[] values = values(array);
    for (int c = 0; c < values.length; c++) {
      check(values[c] >= 0, c, values[c], "0 or more");
    }
    return values;
  }

  float[] finiteFloats(Object array) {
    double[] values = values(array);
    float[] floats = new float[values.length];
    for (int c = 0; c < values.length; c++) {
      floats[c] = (float) values[c];
      check(Float.isFinite(floats[c]), c, values[c], "a finite float32");
    }
    return floats;
  }

  private double[] values(Object array) {
    if (array == null) {
      throw malformed(name + " is NULL, wanted an array of numbers, as the rest has one");
    }
    ArrayData data = (ArrayData) array;
    double[] values = new double[data.size()];
    for (int c = 0; c < values.length; c++) {
      Object value = elements.getElementOrNull(data, c);
      if (value == null) {
        throw malformed("%s[%d] is NULL, wanted a number".formatted(name, c));
      }
      values[c] = toDouble(value);
    }
    return values;
  }

  private static double toDouble(Object value) {
    return value instanceof DecimalData decimal
        ? decimal.toBigDecimal().doubleValue()
        : ((Number) value).doubleValue();
  }

  private void check(boolean fits, int channel, double value, String wanted) {
    if (!fits) {
      throw malformed("%s[%d] is %s, wanted %s".formatted(name, channel, value, wanted));
    }
  }

  static InvalidBatchException malformed(String message) {
    return new InvalidBatchException(
        RejectionReason.MALFORMED_STATISTICS, message + "; correct the table of statistics");
  }
}
