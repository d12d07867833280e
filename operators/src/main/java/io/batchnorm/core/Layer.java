package io.batchnorm.core;

/**
 * The step of a keyed batch norm: takes a batch and the state of its key, gives the normalized
 * batch and the next state. Pure. Operators fetch the state, call this, write back and emit.
 */
public final class Layer {
  private final BatchNorm batchNorm;
  private final Mode mode;

  /**
   * @param mode {@link Mode#EVAL} never learns, whatever the state says
   */
  public Layer(BatchNormConfig config, Mode mode) {
    this(config, mode, false);
  }

  /**
   * @param mode {@link Mode#EVAL} never learns, whatever the state says
   * @param ownsInput whether a batch may be written over, as {@link BatchNorm} does
   */
  public Layer(BatchNormConfig config, Mode mode, boolean ownsInput) {
    this.batchNorm = new BatchNorm(config, ownsInput);
    this.mode = mode;
  }

  /**
   * Normalizes {@code x}: by its own statistics while the layer trains, by the running ones while
   * it is frozen or in eval mode.
   *
   * @throws InvalidBatchException if x cannot be normalized; {@code state} then still stands
   */
  public Step apply(FeatureMap x, LayerState state) {
    state.inputRank().ifPresent(rank -> rank.check(x));
    InputRank rank = InputRank.of(x);
    RunningStatistics statistics =
        state.statistics().orElseGet(() -> RunningStatistics.initial(x.numFeatures()));
    if (mode == Mode.EVAL || state.frozen()) {
      FeatureMap y = batchNorm.eval(x, statistics);
      LayerState next = state.after(rank, state.statistics().orElse(null));
      return new Step(y, Mode.EVAL, statistics.numBatchesTracked(), next);
    }
    TrainResult result = batchNorm.train(x, statistics);
    LayerState next = state.after(rank, result.statistics());
    return new Step(result.y(), Mode.TRAIN, result.statistics().numBatchesTracked(), next);
  }

  /**
   * The step without its arithmetic, for a layer whose channels are normalized elsewhere, in
   * slices: the same checks and the same next state, but that mean and variance stay those that
   * were loaded, and {@code y} is {@code x} itself. So what a whole layer would reject is found out
   * before any slice learns of it.
   *
   * @throws InvalidBatchException as {@link #apply}
   */
  public Step admit(FeatureMap x, LayerState state) {
    state.inputRank().ifPresent(rank -> rank.check(x));
    InputRank rank = InputRank.of(x);
    RunningStatistics statistics =
        state.statistics().orElseGet(() -> RunningStatistics.initial(x.numFeatures()));
    if (mode == Mode.EVAL || state.frozen()) {
      batchNorm.checkEval(x, statistics);
      LayerState next = state.after(rank, state.statistics().orElse(null));
      return new Step(x, Mode.EVAL, statistics.numBatchesTracked(), next);
    }
    batchNorm.checkTrain(x, statistics);
    RunningStatistics counted =
        batchNorm.config().trackRunningStatistics()
            ? statistics.counted(x.valuesPerChannel())
            : statistics;
    return new Step(x, Mode.TRAIN, counted.numBatchesTracked(), state.after(rank, counted));
  }
}
