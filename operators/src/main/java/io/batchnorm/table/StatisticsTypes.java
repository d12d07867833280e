package io.batchnorm.table;

import java.util.List;
import java.util.Optional;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.functions.FunctionDefinition;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.ArgumentCount;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.ConstantArgumentCount;
import org.apache.flink.table.types.inference.InputTypeStrategy;
import org.apache.flink.table.types.inference.Signature;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;

/** What {@link BatchStatisticsFunction} takes and gives. */
final class StatisticsTypes implements InputTypeStrategy {
  /** The fields of a result. */
  static final List<String> FIELDS = List.of("count", "mean", "m2", "var_pop", "var_samp");

  private StatisticsTypes() {}

  static TypeInference inference() {
    return TypeInference.newBuilder()
        .inputTypeStrategy(new StatisticsTypes())
        .accumulatorTypeStrategy(call -> Optional.of(StatisticsAccumulator.TYPE))
        .outputTypeStrategy(call -> Optional.of(resultType(call.getArgumentDataTypes())))
        .build();
  }

  private static DataType resultType(List<DataType> arguments) {
    boolean oneColumn = arguments.size() == 1 && Numbers.are(arguments.get(0).getLogicalType());
    DataTypes.Field[] fields =
        FIELDS.stream()
            .map(name -> DataTypes.FIELD(name, fieldType(name, oneColumn)))
            .toArray(DataTypes.Field[]::new);
    return DataTypes.ROW(fields).notNull().toInternal();
  }

  private static DataType fieldType(String name, boolean oneColumn) {
    DataType number = name.equals("count") ? DataTypes.BIGINT().notNull() : DataTypes.DOUBLE();
    return oneColumn ? number : DataTypes.ARRAY(number).notNull();
  }

  @Override
  public ArgumentCount getArgumentCount() {
    return ConstantArgumentCount.from(1);
  }

  @Override
  public Optional<List<DataType>> inferInputTypes(CallContext call, boolean throwOnFailure) {
    List<DataType> arguments = call.getArgumentDataTypes();
    for (int i = 0; i < arguments.size(); i++) {
      LogicalType type = arguments.get(i).getLogicalType();
      if (!Numbers.are(type) && !(arguments.size() == 1 && isArrayOfNumbers(type))) {
        return call.fail(
            throwOnFailure,
            "BATCH_STATISTICS has %s as argument %d, wanted one numeric column, several, or one ARRAY of numbers; CAST it, or leave it out",
            type.asSummaryString(),
            i + 1);
      }
    }
    return Optional.of(arguments.stream().map(DataType::toInternal).toList());
  }

  private static boolean isArrayOfNumbers(LogicalType type) {
    return type.is(LogicalTypeRoot.ARRAY) && Numbers.are(((ArrayType) type).getElementType());
  }

  @Override
  public List<Signature> getExpectedSignatures(FunctionDefinition definition) {
    return List.of(
        Signature.of(Signature.Argument.ofGroupVarying("feature", "NUMERIC")),
        Signature.of(Signature.Argument.of("features", "ARRAY<NUMERIC>")));
  }
}
