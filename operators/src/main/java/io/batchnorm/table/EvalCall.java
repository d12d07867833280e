package io.batchnorm.table;

import io.batchnorm.core.BatchNorm;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RunningStatistics;
import java.io.Serializable;
import java.math.BigDecimal;
import java.util.List;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.logical.ArrayType;

/** One call of BATCH_NORM_EVAL, checked. */
final class EvalCall implements Serializable {
  private static final long serialVersionUID = 1L;

  private final ArrayColumn features;
  private final FrozenStatistics statistics;
  private final BatchNormConfig config;

  private transient BatchNorm batchNorm;

  private EvalCall(ArrayColumn features, FrozenStatistics statistics, BatchNormConfig config) {
    this.features = features;
    this.statistics = statistics;
    this.config = config;
  }

  /**
   * Reads a call while it is planned.
   *
   * @throws ValidationException saying what is wrong with it
   */
  static EvalCall of(CallContext context) {
    List<DataType> types = context.getArgumentDataTypes();
    EvalArguments places = EvalArguments.of(types);
    ArrayColumn features =
        new ArrayColumn(
            "features",
            EvalArguments.FEATURES,
            elements(types, EvalArguments.FEATURES),
            places.shape() == EvalArguments.ABSENT ? null : "shape",
            places.shape());
    FrozenStatistics statistics =
        places.fromFile() ? new FileStatistics(path(context)) : joined(types, places);
    return new EvalCall(features, statistics, config(context, places.eps()));
  }

  private static JoinedStatistics joined(List<DataType> types, EvalArguments places) {
    return new JoinedStatistics(
        places,
        array("running_mean", types, EvalArguments.RUNNING_MEAN),
        array("running_var", types, EvalArguments.RUNNING_VAR),
        array("weight", types, places.weight()),
        array("bias", types, places.bias()));
  }

  private static NumberArray array(String name, List<DataType> types, int place) {
    return place == EvalArguments.ABSENT ? null : new NumberArray(name, elements(types, place));
  }

  private static ArrayData.ElementGetter elements(List<DataType> types, int place) {
    ArrayType type = (ArrayType) types.get(place).getLogicalType();
    return ArrayData.createElementGetter(type.getElementType());
  }

  private static String path(CallContext context) {
    return literal(context, EvalArguments.PATH, String.class, "path", "'statistics.safetensors'");
  }

  private static BatchNormConfig config(CallContext context, int place) {
    if (place == EvalArguments.ABSENT) {
      return BatchNormConfig.defaults();
    }
    BigDecimal eps = literal(context, place, BigDecimal.class, "eps", "1e-5");
    try {
      return BatchNormConfig.builder().eps(eps.doubleValue()).build();
    } catch (IllegalArgumentException e) {
      throw new ValidationException("BATCH_NORM_EVAL: " + e.getMessage());
    }
  }

  private static <T> T literal(
      CallContext context, int place, Class<T> type, String name, String example) {
    if (!context.isArgumentLiteral(place) || context.isArgumentNull(place)) {
      throw new ValidationException(
          "BATCH_NORM_EVAL: %s is an expression or NULL, wanted a literal such as %s"
              .formatted(name, example));
    }
    return context.getArgumentValue(place, type).orElseThrow();
  }

  /** The type of {@link #normalized}. */
  static DataType resultType() {
    return DataTypes.ROW(
            DataTypes.FIELD("normalized", DataTypes.ARRAY(DataTypes.FLOAT())),
            DataTypes.FIELD("num_batches_tracked", DataTypes.BIGINT()),
            DataTypes.FIELD("rejected_reason", DataTypes.STRING()),
            DataTypes.FIELD("rejected_message", DataTypes.STRING()))
        .notNull()
        .toInternal();
  }

  void open() {
    statistics.open();
    batchNorm = new BatchNorm(config, true);
  }

  /** Either the normalized values and the batches behind the statistics, or why there are none. */
  RowData normalized(Object... arguments) {
    GenericRowData row = new GenericRowData(4);
    try {
      FeatureMap x = features.read(GenericRowData.of(arguments));
      RunningStatistics known = statistics.of(arguments);
      features.write(batchNorm.eval(x, known), 0, row, 0);
      row.setField(1, known.numBatchesTracked());
    } catch (InvalidBatchException e) {
      row.setField(2, StringData.fromString(e.reason().code()));
      row.setField(3, StringData.fromString(e.getMessage()));
    }
    return row;
  }
}
