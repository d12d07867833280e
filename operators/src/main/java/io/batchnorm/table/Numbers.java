package io.batchnorm.table;

import java.util.EnumSet;
import java.util.Set;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/** SQL's numbers as the float32 that batch normalization works on. */
final class Numbers {
  private static final Set<LogicalTypeRoot> ROOTS =
      EnumSet.of(
          LogicalTypeRoot.TINYINT,
          LogicalTypeRoot.SMALLINT,
          LogicalTypeRoot.INTEGER,
          LogicalTypeRoot.BIGINT,
          LogicalTypeRoot.FLOAT,
          LogicalTypeRoot.DOUBLE,
          LogicalTypeRoot.DECIMAL);

  private Numbers() {}

  static boolean are(LogicalType type) {
    return ROOTS.contains(type.getTypeRoot());
  }

  /**
   * The nearest float; infinity for what is beyond its range.
   *
   * @param value of one of these types as Flink holds it, not null
   */
  static float toFloat(Object value) {
    return value instanceof DecimalData decimal
        ? decimal.toBigDecimal().floatValue()
        : ((Number) value).floatValue();
  }
}
