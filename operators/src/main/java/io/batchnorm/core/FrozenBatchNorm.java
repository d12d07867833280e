package io.batchnorm.core;

/**
 * Batch normalization in eval mode by the same statistics again and again: what follows from them
 * alone is worked out once. For small batches of many channels that is most of the work.
 *
 * <p>Where keys are many, those of the next record are in no cache, and each object on the way to
 * its numbers is a wait for memory. So this is the scaling itself, and knows of the statistics what
 * every record asks.
 */
public final class FrozenBatchNorm extends Scaling {
  private final BatchNorm batchNorm;
  private final RunningStatistics statistics;
  private final long numBatchesTracked;
  private final boolean initial;

  FrozenBatchNorm(BatchNorm batchNorm, RunningStatistics statistics, double eps, Affine affine) {
    super(statistics.means(), statistics.vars(), eps, affine);
    this.batchNorm = batchNorm;
    this.statistics = statistics;
    this.numBatchesTracked = statistics.numBatchesTracked();
    this.initial = statistics.isInitial();
  }

  public RunningStatistics statistics() {
    return statistics;
  }

  /** Of the {@link #statistics}. */
  public long numBatchesTracked() {
    return numBatchesTracked;
  }

  /** Whether the {@link #statistics} are. */
  public boolean isInitial() {
    return initial;
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
}
