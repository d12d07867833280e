package io.batchnorm.table;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.StaticArgument;
import org.apache.flink.table.types.inference.StaticArgumentTrait;
import org.apache.flink.table.types.inference.TypeInference;

/** The arguments of BATCH_NORM in their order; all but the first two may be left out. */
enum Argument {
  INPUT(null),
  FEATURES(DataTypes.DESCRIPTOR()),
  SHAPE(DataTypes.DESCRIPTOR()),
  BATCH_SIZE(DataTypes.INT()),
  BATCH_TIMEOUT(DataTypes.INTERVAL(DataTypes.SECOND(3))),
  MOMENTUM(DataTypes.DOUBLE()),
  AVERAGING(DataTypes.STRING()),
  EPS(DataTypes.DOUBLE()),
  MODE(DataTypes.STRING()),
  NON_FINITE(DataTypes.STRING()),
  FREEZE_AFTER(DataTypes.BIGINT());

  /** Position of the argument {@code on_time}, which Flink adds to those that are declared. */
  static final int ON_TIME = values().length;

  private final DataType type;

  Argument(DataType type) {
    this.type = type;
  }

  /** As it stands in the call, such as {@code batch_size}. */
  String sqlName() {
    return name().toLowerCase(Locale.ROOT);
  }

  private StaticArgument declared(DataType scalarType) {
    if (this == INPUT) {
      return StaticArgument.table(
          sqlName(), RowData.class, false, EnumSet.of(StaticArgumentTrait.SET_SEMANTIC_TABLE));
    }
    return StaticArgument.scalar(sqlName(), scalarType, ordinal() > FEATURES.ordinal());
  }

  /** The signature that calls are checked against. */
  static TypeInference.Builder signature() {
    return TypeInference.newBuilder()
        .staticArguments(
            Arrays.stream(values()).map(argument -> argument.declared(argument.type)).toList());
  }

  /**
   * The signature of one call, whose arguments have just the types that they came with: Flink 2.3.0
   * checks that {@code 0.1}, a DECIMAL, may stand for a DOUBLE, but does not convert it
   * (FLINK-39679). Rows of the input come as Flink holds them.
   */
  static TypeInference.Builder signatureOf(List<DataType> types) {
    DataType[] own =
        Arrays.stream(values())
            .map(argument -> types.get(argument.ordinal()).nullable())
            .toArray(DataType[]::new);
    own[INPUT.ordinal()] = types.get(INPUT.ordinal()).bridgedTo(RowData.class);
    return TypeInference.newBuilder()
        .staticArguments(
            Arrays.stream(values())
                .map(argument -> argument.declared(own[argument.ordinal()]))
                .toList())
        .inputTypeStrategy(new RowsAsHeld(List.of(own)));
  }
}
