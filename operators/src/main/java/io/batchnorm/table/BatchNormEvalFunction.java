package io.batchnorm.table;

import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.FunctionContext;
import org.apache.flink.table.functions.ScalarFunction;
import org.apache.flink.table.functions.SpecializedFunction;
import org.apache.flink.table.functions.UserDefinedFunction;
import org.apache.flink.table.types.inference.TypeInference;

/**
 * The function {@code BATCH_NORM_EVAL}: normalizes a row by frozen statistics, from a safetensors
 * file or from the row itself. It keeps no state and shuffles nothing.
 *
 * <pre>
 * BATCH_NORM_EVAL(features, 'statistics.safetensors', key [, shape] [, eps])
 * BATCH_NORM_EVAL(features, running_mean, running_var, num_batches_tracked
 *                 [, weight, bias [, shape]] [, eps])
 * </pre>
 *
 * <p>features is an ARRAY of numbers, which are taken as FLOAT: one sample (C), or (C, *) with an
 * ARRAY of INT that says so. The path of the file is a literal, and so is eps; the key may be a
 * column. The file is read once by each subtask, when it starts. weight and bias may be NULL.
 *
 * <p>The result is {@code ROW<normalized ARRAY<FLOAT>, num_batches_tracked BIGINT, rejected_reason
 * STRING, rejected_message STRING>} and never NULL. A row that cannot be normalized has its reason,
 * a code that is stable, and NULL for the first two; so no row disappears, and {@code WHERE
 * e.rejected_reason IS NULL} leaves those out. The numbers are those of the DataStream job in eval
 * mode, to the bit.
 */
public final class BatchNormEvalFunction extends ScalarFunction implements SpecializedFunction {
  private static final long serialVersionUID = 1L;

  private final EvalCall call;

  /** For {@code CREATE FUNCTION}; {@link #specialize} makes the one that runs. */
  public BatchNormEvalFunction() {
    this(null);
  }

  private BatchNormEvalFunction(EvalCall call) {
    this.call = call;
  }

  @Override
  public TypeInference getTypeInference(DataTypeFactory types) {
    return EvalTypes.inference();
  }

  @Override
  public UserDefinedFunction specialize(SpecializedContext context) {
    return new BatchNormEvalFunction(EvalCall.of(context.getCallContext()));
  }

  /**
   * The file may be another after a restart. And what is not deterministic Flink evaluates once for
   * each row; else it would do so again for each field of the result that a query names.
   */
  @Override
  public boolean isDeterministic() {
    return false;
  }

  @Override
  public void open(FunctionContext context) {
    call.open();
  }

  /** For Flink, which finds it by name. */
  public RowData eval(Object... arguments) {
    return call.normalized(arguments);
  }
}
