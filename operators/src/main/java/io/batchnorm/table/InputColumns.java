package io.batchnorm.table;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.TableSemantics;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.TimestampType;

/** The columns of the input table of a call. */
final class InputColumns {
  /** How Flink writes the type of a processing time attribute. */
  private static final String PROCTIME = "*PROCTIME*";

  private final List<DataTypes.Field> input;
  private final List<DataTypes.Field> fields;
  private final int[] partitionedBy;

  InputColumns(TableSemantics input) {
    this.input = DataType.getFields(input.dataType());
    fields =
        this.input.stream()
            .map(field -> DataTypes.FIELD(field.getName(), plain(field.getDataType())))
            .toList();
    partitionedBy = input.partitionByColumns();
  }

  /** A time attribute becomes the timestamp that it is: only Flink itself makes such attributes. */
  private static DataType plain(DataType type) {
    LogicalType logical = type.getLogicalType();
    DataType plain =
        logical instanceof TimestampType timestamp
            ? DataTypes.TIMESTAMP(timestamp.getPrecision())
            : logical instanceof LocalZonedTimestampType zoned
                ? DataTypes.TIMESTAMP_LTZ(zoned.getPrecision())
                : type;
    return logical.isNullable() ? plain : plain.notNull();
  }

  /** All columns, as they wait in state. */
  DataType rowType() {
    return DataTypes.ROW(fields).notNull().bridgedTo(RowData.class);
  }

  /** Flink itself puts the columns of PARTITION BY in front of every row. */
  private IntStream passed() {
    return IntStream.range(0, fields.size())
        .filter(i -> Arrays.stream(partitionedBy).noneMatch(key -> key == i));
  }

  List<DataTypes.Field> passedFields() {
    return passed().mapToObj(fields::get).toList();
  }

  RowData.FieldGetter[] passedGetters() {
    return passed().mapToObj(this::getter).toArray(RowData.FieldGetter[]::new);
  }

  private RowData.FieldGetter getter(int i) {
    return RowData.createFieldGetter(typeOf(i), i);
  }

  private LogicalType typeOf(int i) {
    return fields.get(i).getDataType().getLogicalType();
  }

  /** Flink has no value for such a column before somebody uses it, which a copy does not. */
  void checkPassed(CallArguments arguments) {
    passed()
        .mapToObj(input::get)
        .filter(field -> field.getDataType().getLogicalType().asSummaryString().endsWith(PROCTIME))
        .forEach(
            field ->
                arguments.fault(
                    "column %s is a processing time, which cannot pass through; leave it out, or"
                            .formatted(field.getName())
                        + " CAST it to TIMESTAMP_LTZ(3)"));
  }

  /** The columns that a call names, or null and what is wrong with them among the faults. */
  FeatureColumns features(CallArguments arguments) {
    List<String> names = arguments.columns(Argument.FEATURES).orElse(List.of());
    List<String> shape = arguments.columns(Argument.SHAPE).orElse(List.of());
    if (!areKnown(Argument.FEATURES, names, arguments)
        || !areKnown(Argument.SHAPE, shape, arguments)) {
      return null;
    }
    boolean array = names.size() == 1 && typeOf(indexOf(names.get(0))) instanceof ArrayType;
    return array ? array(names.get(0), shape, arguments) : numbers(names, shape, arguments);
  }

  private boolean areKnown(Argument argument, List<String> names, CallArguments arguments) {
    Set<String> seen = new HashSet<>();
    boolean known = true;
    for (String name : names) {
      if (indexOf(name) < 0) {
        known = false;
        arguments.fault(
            "%s names column %s, which the input does not have; it has %s"
                .formatted(argument.sqlName(), name, String.join(", ", allNames())));
      } else if (!seen.add(name)) {
        known = false;
        arguments.fault("%s names column %s twice".formatted(argument.sqlName(), name));
      }
    }
    return known;
  }

  private List<String> allNames() {
    return fields.stream().map(DataTypes.Field::getName).toList();
  }

  private int indexOf(String name) {
    return allNames().indexOf(name);
  }

  private FeatureColumns numbers(List<String> names, List<String> shape, CallArguments arguments) {
    if (names.isEmpty()) {
      arguments.fault("features names no column; write features => DESCRIPTOR(a, b)");
    }
    if (!shape.isEmpty()) {
      arguments.fault("shape goes with one array column, features names numbers; leave it out");
    }
    for (String name : names) {
      LogicalType type = typeOf(indexOf(name));
      if (!Numbers.are(type)) {
        arguments.fault(
            "column %s is %s, wanted a number, or one array of numbers alone; CAST it"
                .formatted(name, type.asSummaryString()));
      }
    }
    return new NumberColumns(
        names,
        names.stream().map(this::indexOf).map(this::getter).toArray(RowData.FieldGetter[]::new));
  }

  private FeatureColumns array(String name, List<String> shape, CallArguments arguments) {
    ArrayType type = (ArrayType) typeOf(indexOf(name));
    if (!Numbers.are(type.getElementType())) {
      arguments.fault(
          "column %s is %s, wanted an array of numbers; CAST it"
              .formatted(name, type.asSummaryString()));
    }
    String shapeName = shape.isEmpty() ? null : shape.get(0);
    if (shape.size() > 1 || (shapeName != null && !isShape(typeOf(indexOf(shapeName))))) {
      arguments.fault(
          "shape is %s, wanted one column of type ARRAY<INT>".formatted(described(shape)));
    }
    return new ArrayColumn(
        name,
        indexOf(name),
        ArrayData.createElementGetter(type.getElementType()),
        shapeName,
        shapeName == null ? -1 : indexOf(shapeName));
  }

  private static boolean isShape(LogicalType type) {
    return type instanceof ArrayType array && array.getElementType().is(LogicalTypeRoot.INTEGER);
  }

  private String described(List<String> names) {
    return String.join(
        ", ",
        names.stream().map(name -> name + " " + typeOf(indexOf(name)).asSummaryString()).toList());
  }
}
