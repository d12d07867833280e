package io.batchnorm.table;

import io.batchnorm.core.Affine;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.core.RunningStatistics;
import org.apache.flink.table.data.ArrayData;

/** Statistics that come with the row, as from a join with a table of statistics. */
final class JoinedStatistics implements FrozenStatistics {
  private static final long serialVersionUID = 1L;

  private final NumberArray mean;
  private final NumberArray var;
  private final NumberArray weight;
  private final NumberArray bias;
  private final EvalArguments places;

  /**
   * @param weight null if the call has none; so for {@code bias}
   */
  JoinedStatistics(
      EvalArguments places,
      NumberArray mean,
      NumberArray var,
      NumberArray weight,
      NumberArray bias) {
    this.places = places;
    this.mean = mean;
    this.var = var;
    this.weight = weight;
    this.bias = bias;
  }

  @Override
  public void open() {}

  @Override
  public RunningStatistics of(Object... arguments) {
    Object meanValue = arguments[EvalArguments.RUNNING_MEAN];
    Object varValue = arguments[EvalArguments.RUNNING_VAR];
    if (meanValue == null && varValue == null) {
      throw new InvalidBatchException(
          RejectionReason.NO_STATISTICS,
          "running_mean and running_var are NULL, wanted the statistics of the row's key; train it,"
              + " or add it to the table of statistics");
    }
    return checked(
        (Number) arguments[EvalArguments.NUM_BATCHES_TRACKED],
        mean.finite(meanValue),
        var.notNegative(varValue),
        affine(arguments));
  }

  /** NULL batches are 0, as in a file that does not say. */
  private static RunningStatistics checked(
      Number batches, double[] mean, double[] var, Affine affine) {
    try {
      return RunningStatistics.of(
              batches == null ? 0 : batches.longValue(), RunningStatistics.UNKNOWN_COUNT, mean, var)
          .withAffine(affine);
    } catch (IllegalArgumentException e) {
      throw NumberArray.malformed(e.getMessage());
    }
  }

  private Affine affine(Object... arguments) {
    float[] weights = optional(weight, places.weight(), arguments);
    float[] biases = optional(bias, places.bias(), arguments);
    if (weights == null && biases == null) {
      return null;
    }
    try {
      return Affine.of(weights, biases);
    } catch (IllegalArgumentException e) {
      throw NumberArray.malformed(e.getMessage());
    }
  }

  private static float[] optional(NumberArray values, int place, Object... arguments) {
    return place == EvalArguments.ABSENT || arguments[place] == null
        ? null
        : values.finiteFloats((ArrayData) arguments[place]);
  }
}
