package io.batchnorm.table;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RejectionReason;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;

/**
 * All features in one array: a sample {@code (1, C)}, or {@code (1, C, *)} if a second column says
 * the shape {@code (C, *)}. The normalized values are an array again, as long as the first.
 */
final class ArrayColumn implements FeatureColumns {
  private static final long serialVersionUID = 1L;
  private static final String NORMALIZED = "normalized";

  private final String name;
  private final int position;
  private final ArrayData.ElementGetter elements;
  private final String shapeName;
  private final int shapePosition;

  /**
   * @param elements reads elements of any numeric type
   * @param shapeName column of an ARRAY of INT, null for none
   */
  ArrayColumn(
      String name,
      int position,
      ArrayData.ElementGetter elements,
      String shapeName,
      int shapePosition) {
    this.name = name;
    this.position = position;
    this.elements = elements;
    this.shapeName = shapeName;
    this.shapePosition = shapePosition;
  }

  @Override
  public FeatureMap read(RowData row) {
    float[] values = values(array(row, position, name));
    return shapeName == null
        ? FeatureMap.of(values, 1, values.length)
        : shaped(values, array(row, shapePosition, shapeName));
  }

  private static ArrayData array(RowData row, int at, String column) {
    if (row.isNullAt(at)) {
      throw malformed(
          "column %s is NULL, wanted an array of numbers; filter such rows out".formatted(column));
    }
    return row.getArray(at);
  }

  private float[] values(ArrayData array) {
    float[] values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      Object value = elements.getElementOrNull(array, i);
      if (value == null) {
        throw nullAt(i, name);
      }
      values[i] = Numbers.toFloat(value);
    }
    return values;
  }

  private FeatureMap shaped(float[] values, ArrayData sizes) {
    int[] shape = new int[sizes.size() + 1];
    shape[0] = 1;
    for (int i = 1; i < shape.length; i++) {
      if (sizes.isNullAt(i - 1)) {
        throw nullAt(i - 1, shapeName);
      }
      shape[i] = sizes.getInt(i - 1);
    }
    try {
      return FeatureMap.of(values, shape);
    } catch (InvalidBatchException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw malformed(
          "column %s is %s, but %s has %d elements; wanted sizes (C, *) whose product that is"
              .formatted(
                  shapeName,
                  Arrays.toString(Arrays.copyOfRange(shape, 1, shape.length)),
                  name,
                  values.length));
    }
  }

  private static InvalidBatchException nullAt(int element, String column) {
    return malformed(
        "element %d of column %s is NULL, wanted a number; filter such rows out"
            .formatted(element + 1, column));
  }

  private static InvalidBatchException malformed(String message) {
    return new InvalidBatchException(RejectionReason.MALFORMED_INPUT, message);
  }

  @Override
  public List<DataTypes.Field> normalizedFields() {
    return List.of(DataTypes.FIELD(NORMALIZED, DataTypes.ARRAY(DataTypes.FLOAT())));
  }

  @Override
  public void write(FeatureMap normalized, int n, GenericRowData row, int at) {
    int size = normalized.values().length / normalized.batchSize();
    float[] values = Arrays.copyOfRange(normalized.values(), n * size, (n + 1) * size);
    row.setField(at, new GenericArrayData(values));
  }
}
