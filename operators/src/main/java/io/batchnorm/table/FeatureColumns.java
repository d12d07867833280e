package io.batchnorm.table;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InvalidBatchException;
import java.io.Serializable;
import java.util.List;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;

/** Where the features of a sample stand in a row, and where the normalized ones go. */
sealed interface FeatureColumns extends Serializable permits NumberColumns, ArrayColumn {

  /**
   * The sample of a row, {@code (1, C, *)}.
   *
   * @throws InvalidBatchException if there is none, because of a NULL or a shape that does not fit
   */
  FeatureMap read(RowData row);

  /** The columns of the normalized values, which may be NULL. */
  List<DataTypes.Field> normalizedFields();

  /** Puts sample {@code n} of a normalized batch into a row, from column {@code at} on. */
  void write(FeatureMap normalized, int n, GenericRowData row, int at);
}
