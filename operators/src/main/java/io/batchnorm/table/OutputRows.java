package io.batchnorm.table;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.Step;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.DataType;

/**
 * The rows that come out, behind the columns of PARTITION BY: all other columns of the input, the
 * normalized values, {@code mode}, {@code num_batches_tracked}, {@code rejected_reason}, {@code
 * rejected_message}. Either the last two are NULL, or the normalized values and the two before.
 */
final class OutputRows implements Serializable {
  private static final long serialVersionUID = 1L;

  private final RowData.FieldGetter[] passed;
  private final FeatureColumns features;
  private final int normalizedAt;
  private final int modeAt;

  OutputRows(InputColumns columns, FeatureColumns features) {
    this.passed = columns.passedGetters();
    this.features = features;
    this.normalizedAt = passed.length;
    this.modeAt = normalizedAt + features.normalizedFields().size();
  }

  /** Their type. A new column whose name is taken gets a number behind it, as Flink does it. */
  static DataType typeOf(InputColumns columns, FeatureColumns features) {
    List<DataTypes.Field> added = new ArrayList<>(features.normalizedFields());
    added.add(DataTypes.FIELD("mode", DataTypes.STRING()));
    added.add(DataTypes.FIELD("num_batches_tracked", DataTypes.BIGINT()));
    added.add(DataTypes.FIELD("rejected_reason", DataTypes.STRING()));
    added.add(DataTypes.FIELD("rejected_message", DataTypes.STRING()));
    List<DataTypes.Field> fields = new ArrayList<>(columns.passedFields());
    Set<String> taken = new HashSet<>(fields.stream().map(DataTypes.Field::getName).toList());
    for (DataTypes.Field field : added) {
      fields.add(DataTypes.FIELD(free(field.getName(), taken), field.getDataType()));
    }
    return DataTypes.ROW(fields).notNull().bridgedTo(RowData.class);
  }

  private static String free(String name, Set<String> taken) {
    String free = name;
    for (int i = 0; !taken.add(free); i++) {
      free = name + i;
    }
    return free;
  }

  /** What becomes of a row that is sample {@code n} of a normalized batch. */
  RowData normalized(RowData input, Step step, int n) {
    GenericRowData row = passed(input);
    FeatureMap normalized = step.y();
    features.write(normalized, n, row, normalizedAt);
    row.setField(modeAt, StringData.fromString(step.mode().code()));
    row.setField(modeAt + 1, step.numBatchesTracked());
    return row;
  }

  /** What becomes of a row that cannot be normalized. */
  RowData rejected(RowData input, InvalidBatchException fault) {
    GenericRowData row = passed(input);
    row.setField(modeAt + 2, StringData.fromString(fault.reason().code()));
    row.setField(modeAt + 3, StringData.fromString(fault.getMessage()));
    return row;
  }

  private GenericRowData passed(RowData input) {
    GenericRowData row = new GenericRowData(modeAt + 4);
    for (int i = 0; i < passed.length; i++) {
      row.setField(i, passed[i].getFieldOrNull(input));
    }
    return row;
  }
}
