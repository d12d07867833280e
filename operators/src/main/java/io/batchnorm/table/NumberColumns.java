package io.batchnorm.table;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RejectionReason;
import java.util.List;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;

/**
 * Every feature in a column of its own: samples {@code (1, C)}. Column {@code x} is normalized as
 * {@code x_normalized}, so that the rest of a query goes on with columns, as it began.
 */
final class NumberColumns implements FeatureColumns {
  private static final long serialVersionUID = 1L;

  private final List<String> names;
  private final RowData.FieldGetter[] getters;

  /**
   * @param getters of the columns with these names, in the same order
   */
  NumberColumns(List<String> names, RowData.FieldGetter[] getters) {
    this.names = List.copyOf(names);
    this.getters = getters;
  }

  @Override
  public FeatureMap read(RowData row) {
    float[] values = new float[getters.length];
    for (int i = 0; i < values.length; i++) {
      Object value = getters[i].getFieldOrNull(row);
      if (value == null) {
        throw new InvalidBatchException(
            RejectionReason.MALFORMED_INPUT,
            "column %s is NULL, wanted a number; filter such rows out or COALESCE the column"
                .formatted(names.get(i)));
      }
      values[i] = Numbers.toFloat(value);
    }
    return FeatureMap.of(values, 1, values.length);
  }

  @Override
  public List<DataTypes.Field> normalizedFields() {
    return names.stream()
        .map(name -> DataTypes.FIELD(name + "_normalized", DataTypes.FLOAT()))
        .toList();
  }

  @Override
  public void write(FeatureMap normalized, int n, GenericRowData row, int at) {
    for (int i = 0; i < getters.length; i++) {
      row.setField(at + i, normalized.values()[n * getters.length + i]);
    }
  }
}
