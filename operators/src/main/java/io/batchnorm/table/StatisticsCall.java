package io.batchnorm.table;

import io.batchnorm.core.ExactChannel;
import io.batchnorm.core.ExactMoments;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/** How one call of {@link BatchStatisticsFunction} reads its arguments and shows its result. */
final class StatisticsCall implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int arguments;
  private final ArrayData.ElementGetter elements;

  private StatisticsCall(int arguments, ArrayData.ElementGetter elements) {
    this.arguments = arguments;
    this.elements = elements;
  }

  /** The call with arguments of these types, which {@link StatisticsTypes} has accepted. */
  static StatisticsCall of(List<DataType> types) {
    LogicalType first = types.get(0).getLogicalType();
    return new StatisticsCall(
        types.size(),
        first.is(LogicalTypeRoot.ARRAY)
            ? ArrayData.createElementGetter(((ArrayType) first).getElementType())
            : null);
  }

  /** The moments of one row. */
  ExactMoments moments(Object... values) {
    Object[] features = elements == null ? values : elementsOf((ArrayData) values[0]);
    return ExactMoments.of(
        Arrays.stream(features).map(StatisticsCall::channel).toArray(ExactChannel[]::new));
  }

  private Object[] elementsOf(ArrayData array) {
    Object[] features = new Object[array == null ? 0 : array.size()];
    for (int i = 0; i < features.length; i++) {
      features[i] = elements.getElementOrNull(array, i);
    }
    return features;
  }

  private static ExactChannel channel(Object value) {
    if (value == null) {
      return ExactChannel.NULL;
    }
    if (value instanceof DecimalData decimal) {
      return ExactChannel.of(decimal.toBigDecimal().doubleValue());
    }
    Number number = (Number) value;
    return number instanceof Float || number instanceof Double
        ? ExactChannel.of(number.doubleValue())
        : ExactChannel.of(number.longValue());
  }

  /** The row that a user sees: numbers for one column, arrays for several and for an array. */
  RowData result(ExactMoments moments) {
    if (elements == null && arguments == 1) {
      return GenericRowData.of(statistics(moments.channel(0)));
    }
    int features = elements == null ? arguments : moments.numFeatures();
    Object[][] columns = new Object[StatisticsTypes.FIELDS.size()][features];
    for (int c = 0; c < features; c++) {
      Object[] ofChannel = statistics(moments.channel(c));
      for (int i = 0; i < columns.length; i++) {
        columns[i][c] = ofChannel[i];
      }
    }
    return GenericRowData.of(
        Arrays.stream(columns).map(GenericArrayData::new).toArray(Object[]::new));
  }

  /** In order of {@link StatisticsTypes#FIELDS}; what SQL does not define is NULL. */
  private static Object[] statistics(ExactChannel channel) {
    long count = channel.count();
    return new Object[] {
      count,
      count == 0 ? null : channel.mean(),
      count == 0 ? null : channel.m2(),
      count == 0 ? null : channel.biasedVar(),
      count < 2 ? null : channel.unbiasedVar()
    };
  }
}
