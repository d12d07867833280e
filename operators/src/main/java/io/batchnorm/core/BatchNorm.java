package io.batchnorm.core;

import java.util.Arrays;

/**
 * Batch normalization as two pure functions:
 *
 * <pre>
 * train: y = (x - mean) / sqrt(M2 / n + eps) * weight + bias     the batch's own, biased variance
 *        runningVar takes in M2 / (n - 1), the unbiased one
 * eval:  y = (x - runningMean) / sqrt(runningVar + eps) * weight + bias
 * </pre>
 *
 * <p>Source: Ioffe and Szegedy (2015), algorithms 1 and 2, as {@code torch.nn.BatchNorm1d/2d/3d}
 * does them. y is computed in double and then rounded to float32. Whatever throws {@link
 * InvalidBatchException} has changed nothing, x included unless it is owned. See the package for
 * the edges.
 */
public final class BatchNorm {
  private final BatchNormConfig config;
  private final boolean ownsInput;

  public BatchNorm(BatchNormConfig config) {
    this(config, false);
  }

  /**
   * @param ownsInput whether nobody else sees the values of x, so that y is written over them. A
   *     fresh array for y costs as much as normalizing: it is cleared first, and in no cache.
   *     {@link #eval} may then write over what it refuses for NaN or infinity, and only tells in
   *     which sample and channel that was
   */
  public BatchNorm(BatchNormConfig config, boolean ownsInput) {
    this.config = config;
    this.ownsInput = ownsInput;
  }

  public BatchNormConfig config() {
    return config;
  }

  /**
   * Normalizes {@code x} by its own statistics and learns from it.
   *
   * @param statistics those learned so far, {@link RunningStatistics#initial} for the first batch
   * @throws InvalidBatchException if x is empty, has one value per channel, another number of
   *     channels, or values that are not finite under {@link NonFinite#REJECT}; if a population is
   *     to be pooled whose count is unknown
   */
  public TrainResult train(FeatureMap x, RunningStatistics statistics) {
    checkShape(x, statistics.numFeatures());
    checkPoolable(statistics);
    Moments batch = batchMoments(x);
    RunningStatistics next =
        config.trackRunningStatistics()
            ? statistics.updated(batch, config.averaging())
            : statistics;
    return new TrainResult(normalizedByBatch(x, batch, statistics), next);
  }

  /**
   * Normalizes {@code x} by {@code statistics}, which do not change. Without running statistics
   * ({@link BatchNormConfig#trackRunningStatistics()} false) by its own, as in training.
   *
   * @throws InvalidBatchException if x is empty, has another number of channels, or values that are
   *     not finite under {@link NonFinite#REJECT}; if nothing was learned yet under {@link
   *     UnknownKey#REJECT}
   */
  public FeatureMap eval(FeatureMap x, RunningStatistics statistics) {
    if (config.trackRunningStatistics()) {
      return eval(x, frozen(statistics));
    }
    checkShape(x, statistics.numFeatures());
    return normalizedByBatch(x, batchMoments(x), statistics);
  }

  /** {@link #eval} by {@code statistics}, for more than one batch. */
  public FrozenBatchNorm frozen(RunningStatistics statistics) {
    return new FrozenBatchNorm(this, statistics, config.eps(), affine(statistics));
  }

  FeatureMap eval(FeatureMap x, FrozenBatchNorm frozen) {
    if (!config.trackRunningStatistics()) {
      return eval(x, frozen.statistics());
    }
    checkShape(x, frozen.numFeatures());
    checkLearned(frozen.isInitial());
    return config.nonFinite() == NonFinite.REJECT
        ? frozen.applyIfFinite(x, ownsInput)
        : frozen.apply(x, ownsInput);
  }

  /**
   * Normalizes {@code x} by a blend of {@code statistics}, which do not change, and its own:
   *
   * <pre>
   * mean = (1 - alpha) * runningMean + alpha * batchMean
   * var  = (1 - alpha) * runningVar  + alpha * batchUnbiasedVar
   * </pre>
   *
   * <p>Test-time adaptation to a shifted stream: the numbers of a PyTorch layer whose momentum is
   * alpha, trained with this one batch and put into eval mode. {@code alpha} 0 is {@link #eval}, to
   * the bit.
   *
   * @param alpha weight of the batch, in [0, 1]
   * @throws InvalidBatchException as {@link #eval}; also for one value per channel, unless alpha is
   *     0
   */
  public FeatureMap adapt(FeatureMap x, RunningStatistics statistics, double alpha) {
    if (alpha == 0 || !config.trackRunningStatistics()) {
      return eval(x, statistics);
    }
    checkShape(x, statistics.numFeatures());
    checkLearned(statistics.isInitial());
    RunningStatistics blend = statistics.updated(batchMoments(x), Averaging.exponential(alpha));
    return scaling(blend.means(), blend.vars(), statistics).apply(x, ownsInput);
  }

  /** Throws what {@link #train} would, and does nothing else. */
  void checkTrain(FeatureMap x, RunningStatistics statistics) {
    checkShape(x, statistics.numFeatures());
    checkPoolable(statistics);
    checkSeveralValues(x);
    checkFinite(x);
  }

  /** Throws what {@link #eval} would, and does nothing else. */
  void checkEval(FeatureMap x, RunningStatistics statistics) {
    checkShape(x, statistics.numFeatures());
    if (config.trackRunningStatistics()) {
      checkLearned(statistics.isInitial());
    } else {
      checkSeveralValues(x);
    }
    checkFinite(x);
  }

  private void checkFinite(FeatureMap x) {
    if (config.nonFinite() == NonFinite.REJECT) {
      x.checkFinite();
    }
  }

  private void checkLearned(boolean isInitial) {
    if (config.unknownKey() == UnknownKey.REJECT && isInitial) {
      throw new InvalidBatchException(
          RejectionReason.NO_STATISTICS,
          "eval mode wants statistics, this key has learned none; train it, load some, or allow"
              + " the initial ones (mean 0, variance 1)");
    }
  }

  /**
   * @param numFeatures of the statistics
   */
  private static void checkShape(FeatureMap x, int numFeatures) {
    x.checkNotEmpty();
    if (x.numFeatures() != numFeatures) {
      throw new InvalidBatchException(
          RejectionReason.CHANNEL_MISMATCH,
          "input %s has %d channels, the statistics of its key have %d; send it under another key or reset this one"
              .formatted(Arrays.toString(x.shape()), x.numFeatures(), numFeatures));
    }
  }

  private void checkPoolable(RunningStatistics statistics) {
    if (config.averaging().kind() == Averaging.Kind.POPULATION
        && statistics.count() == RunningStatistics.UNKNOWN_COUNT) {
      throw new InvalidBatchException(
          RejectionReason.UNKNOWN_COUNT,
          "the statistics of this key do not say how many values are behind them, which population"
              + " averaging must know; reset the key, load others, or average exponentially");
    }
  }

  private static void checkSeveralValues(FeatureMap x) {
    if (x.valuesPerChannel() == 1) {
      throw new InvalidBatchException(
          RejectionReason.ONE_VALUE_PER_CHANNEL,
          "input %s has one value per channel, training wants two or more; send larger batches"
              .formatted(Arrays.toString(x.shape())));
    }
  }

  private Moments batchMoments(FeatureMap x) {
    checkSeveralValues(x);
    Moments batch = Moments.of(x);
    if (config.nonFinite() == NonFinite.REJECT && !isFinite(batch)) {
      x.checkFinite();
    }
    return batch;
  }

  /** Finite float32 values cannot overflow a mean in double, so the means tell of every value. */
  private static boolean isFinite(Moments batch) {
    for (int c = 0; c < batch.numFeatures(); c++) {
      if (!Double.isFinite(batch.mean(c))) {
        return false;
      }
    }
    return true;
  }

  private FeatureMap normalizedByBatch(FeatureMap x, Moments batch, RunningStatistics statistics) {
    int channels = x.numFeatures();
    double[] mean = new double[channels];
    double[] var = new double[channels];
    for (int c = 0; c < channels; c++) {
      mean[c] = batch.mean(c);
      var[c] = batch.biasedVar(c);
    }
    return scaling(mean, var, statistics).apply(x, ownsInput);
  }

  private Scaling scaling(double[] mean, double[] var, RunningStatistics statistics) {
    return new Scaling(mean, var, config.eps(), affine(statistics));
  }

  /** Null for weight 1 and bias 0. */
  private Affine affine(RunningStatistics statistics) {
    return config.affine() ? statistics.affine().orElse(null) : null;
  }
}
