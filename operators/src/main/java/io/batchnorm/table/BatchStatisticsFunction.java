package io.batchnorm.table;

import io.batchnorm.core.ExactMoments;
import org.apache.flink.table.catalog.DataTypeFactory;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.AggregateFunction;
import org.apache.flink.table.functions.SpecializedFunction;
import org.apache.flink.table.functions.UserDefinedFunction;
import org.apache.flink.table.types.inference.TypeInference;

/**
 * The aggregate {@code BATCH_STATISTICS}: count, mean, M2 and both variances of a group or window.
 *
 * <pre>
 * BATCH_STATISTICS(humidity)               ROW&lt;count BIGINT, mean DOUBLE, m2 DOUBLE,
 *                                              var_pop DOUBLE, var_samp DOUBLE&gt;
 * BATCH_STATISTICS(humidity, temperature)  the same of ARRAYs, one element for each column
 * BATCH_STATISTICS(features)               the same of ARRAYs, one element for each of features
 * </pre>
 *
 * <p>The arrays are what {@code BATCH_NORM_EVAL} takes as running mean and variance. Columns and
 * elements may be of any numeric type; a DECIMAL counts as the nearest DOUBLE, all others as they
 * are.
 *
 * <p>Sums are exact and every number is rounded once, when it is shown. So results depend neither
 * on the order of rows nor on how they were merged; a row that is retracted leaves nothing behind;
 * and values far from 0, where Flink's {@code VAR_POP} cancels, are right to the last digit.
 *
 * <table>
 *   <caption>Edges</caption>
 *   <tr><td>NULL</td><td>not counted; a NULL array has no elements</td></tr>
 *   <tr><td>no values</td><td>count 0, the rest NULL</td></tr>
 *   <tr><td>one value</td><td>var_samp NULL</td></tr>
 *   <tr><td>NaN, Infinity</td><td>counted; the mean as IEEE 754 has it, M2 and variances NaN, until retracted</td></tr>
 *   <tr><td>arrays of several lengths</td><td>as long as the longest; each element has its own count</td></tr>
 * </table>
 */
public final class BatchStatisticsFunction extends AggregateFunction<RowData, StatisticsAccumulator>
    implements SpecializedFunction {
  private static final long serialVersionUID = 1L;

  private final StatisticsCall call;

  /** For {@code CREATE FUNCTION}; {@link #specialize} makes the one that runs. */
  public BatchStatisticsFunction() {
    this(null);
  }

  private BatchStatisticsFunction(StatisticsCall call) {
    this.call = call;
  }

  @Override
  public TypeInference getTypeInference(DataTypeFactory types) {
    return StatisticsTypes.inference();
  }

  @Override
  public UserDefinedFunction specialize(SpecializedContext context) {
    return new BatchStatisticsFunction(
        StatisticsCall.of(context.getCallContext().getArgumentDataTypes()));
  }

  @Override
  public StatisticsAccumulator createAccumulator() {
    return new StatisticsAccumulator();
  }

  /** Takes a row in. */
  public void accumulate(StatisticsAccumulator accumulator, Object... values) {
    accumulator.add(call.moments(values));
  }

  /** Takes a row out. */
  public void retract(StatisticsAccumulator accumulator, Object... values) {
    accumulator.add(call.moments(values).negated());
  }

  /** Takes in what others took in. */
  public void merge(StatisticsAccumulator accumulator, Iterable<StatisticsAccumulator> others) {
    for (StatisticsAccumulator other : others) {
      accumulator.add(other.getMoments());
    }
  }

  /** Forgets all rows. */
  public void resetAccumulator(StatisticsAccumulator accumulator) {
    accumulator.setMoments(ExactMoments.EMPTY);
  }

  @Override
  public RowData getValue(StatisticsAccumulator accumulator) {
    return call.result(accumulator.getMoments());
  }
}
