package io.batchnorm.table;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.dataview.ListView;
import org.apache.flink.table.api.dataview.MapView;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.ProcessTableFunction;
import org.apache.flink.table.functions.SpecializedFunction;
import org.apache.flink.table.functions.UserDefinedFunction;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.inference.CallContext;
import org.apache.flink.table.types.inference.StateTypeStrategy;
import org.apache.flink.table.types.inference.TypeInference;
import org.apache.flink.table.types.inference.TypeStrategy;
import org.apache.flink.types.ColumnList;

/**
 * BATCH_NORM: batch normalization of rows, by key.
 *
 * <pre>{@code
 * SELECT * FROM BATCH_NORM(
 *   input => TABLE readings PARTITION BY sensor_id,
 *   features => DESCRIPTOR(humidity, temperature))
 * }</pre>
 *
 * <p>Every row comes out once, when its batch is full, its {@code batch_timeout} has passed or the
 * input ends: the columns of PARTITION BY, the others, the normalized ones ({@code
 * humidity_normalized}, or {@code normalized} for an array), {@code mode}, {@code
 * num_batches_tracked}, {@code rejected_reason}, {@code rejected_message}; with {@code on_time}
 * Flink adds {@code rowtime}, the time at which the batch went on.
 */
public final class BatchNormTableFunction extends ProcessTableFunction<RowData>
    implements SpecializedFunction {
  private static final long serialVersionUID = 1L;

  /** Names in savepoints. */
  private static final String STATE = "layer";

  private static final String WAITING = "waiting";

  private static final DataType LAYER_TYPE =
      MapView.newMapViewDataType(DataTypes.STRING().notNull(), DataTypes.BYTES().notNull());

  private final BatchNormCall call;
  private final transient List<DataType> types;

  private transient KeyedRows rows;

  /** For registration; {@link #specialize} makes the one that runs. */
  public BatchNormTableFunction() {
    this(null, null);
  }

  private BatchNormTableFunction(BatchNormCall call, List<DataType> types) {
    this.call = call;
    this.types = types;
  }

  @Override
  public UserDefinedFunction specialize(SpecializedContext context) {
    CallContext callContext = context.getCallContext();
    return new BatchNormTableFunction(
        BatchNormCall.of(callContext, true), callContext.getArgumentDataTypes());
  }

  @Override
  public TypeInference getTypeInference(DataTypeFactory typeFactory) {
    LinkedHashMap<String, StateTypeStrategy> state = new LinkedHashMap<>();
    state.put(STATE, kept(context -> Optional.of(LAYER_TYPE)));
    state.put(
        WAITING,
        kept(context -> Optional.of(ListView.newListViewDataType(columnsOf(context).rowType()))));
    TypeInference.Builder inference =
        types == null ? Argument.signature() : Argument.signatureOf(types);
    return inference
        .stateTypeStrategies(state)
        .outputTypeStrategy(context -> Optional.of(outputType(context)))
        .build();
  }

  /** For ever, whatever {@code table.exec.state.ttl} says: it would lose rows that wait. */
  private static StateTypeStrategy kept(TypeStrategy type) {
    return StateTypeStrategy.of(type, Duration.ZERO);
  }

  private static InputColumns columnsOf(CallContext context) {
    return new InputColumns(context.getTableSemantics(Argument.INPUT.ordinal()).orElseThrow());
  }

  private static DataType outputType(CallContext context) {
    BatchNormCall checked = BatchNormCall.of(context, false);
    return OutputRows.typeOf(columnsOf(context), checked.features());
  }

  @Override
  public void open(FunctionContext context) {
    rows = new KeyedRows(call);
  }

  /** For Flink, which finds it by name: an argument that is left out comes as null. */
  @SuppressWarnings("TooManyParameters")
  public void eval(
      Context context,
      MapView<String, byte[]> layer,
      ListView<RowData> waiting,
      RowData input,
      ColumnList features,
      ColumnList shape,
      Object batchSize,
      Object batchTimeout,
      Object momentum,
      Object averaging,
      Object eps,
      Object mode,
      Object nonFinite,
      Object freezeAfter)
      throws Exception {
    rows.add(input, partition(context, layer, waiting));
  }

  /** For Flink, which finds it by name. */
  public void onTimer(
      OnTimerContext context, MapView<String, byte[]> layer, ListView<RowData> waiting)
      throws Exception {
    rows.wake(partition(context, layer, waiting));
  }

  private Partition partition(
      Context context, MapView<String, byte[]> layer, ListView<RowData> waiting) {
    return new Partition(layer, waiting, context.timeContext(Long.class), this::collect);
  }
}
