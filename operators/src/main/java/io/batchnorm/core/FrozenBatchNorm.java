package io.batchnorm.core;

/**
 * Batch normalization in eval mode by the same statistics again and again: what follows from them
 * alone is worked out once. For small batches of many channels that is most of the work.
 */
public final class FrozenBatchNorm {
  private final BatchNorm batchNorm;
  private final RunningStatistics statistics;

  /** Null until it is wanted. It is the same whoever works it out, so threads need no lock. */
  private Scaling scaling;

  FrozenBatchNorm(BatchNorm batchNorm, RunningStatistics statistics) {
    this.batchNorm = batchNorm;
    this.statistics = statistics;
  }

  public RunningStatistics statistics() {
    return statistics;
  }

  /**
   * {@link BatchNorm#eval} by these statistics.
   *
   * @throws InvalidBatchException as there
   */
  public FeatureMap eval(FeatureMap x) {
    return batchNorm.eval(x, this);
  }

  /**
   * {@link BatchNorm#adapt} from these statistics, which stay as they are.
   *
   * @throws InvalidBatchException as there
   */
  public FeatureMap adapt(FeatureMap x, double alpha) {
    return alpha == 0 ? eval(x) : batchNorm.adapt(x, statistics, alpha);
  }

  Scaling scaling() {
    Scaling known = scaling;
    if (known == null) {
      known = batchNorm.scaling(statistics.means(), statistics.vars(), statistics);
      scaling = known;
    }
    return known;
  }
}
