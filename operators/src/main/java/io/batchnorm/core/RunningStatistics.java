package io.batchnorm.core;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a batch norm layer has learned: running mean and variance per channel in double, the number
 * of batches behind them, and the layer's {@link Affine} parameters if it has any. The same content
 * as the {@code state_dict} of a PyTorch layer. Immutable.
 *
 * <p>{@code count} is the number of values per channel behind the statistics, kept so that {@link
 * Averaging#population()} can be resumed and merged exactly. Files of PyTorch do not carry it; then
 * it is {@link #UNKNOWN_COUNT} and stays so.
 */
public final class RunningStatistics {
  /** The count of statistics that came from elsewhere without one. */
  public static final long UNKNOWN_COUNT = -1;

  /**
   * Both counters stop here: far above any stream, far below the wrap that PyTorch's int64 counter
   * has at 2^63.
   */
  public static final long MAX_BATCHES = 1L << 62;

  private final long numBatchesTracked;
  private final long count;
  private final double[] mean;
  private final double[] var;
  private final Affine affine;

  private RunningStatistics(
      long numBatchesTracked, long count, double[] mean, double[] var, Affine affine) {
    this.numBatchesTracked = numBatchesTracked;
    this.count = count;
    this.mean = mean;
    this.var = var;
    this.affine = affine;
  }

  /** Mean 0, variance 1, no batches: PyTorch's initial state. */
  public static RunningStatistics initial(int numFeatures) {
    double[] ones = new double[numFeatures];
    Arrays.fill(ones, 1.0);
    return new RunningStatistics(0, 0, new double[numFeatures], ones, null);
  }

  /**
   * Statistics from their parts; the arrays are copied.
   *
   * @param numBatchesTracked 0 to {@link #MAX_BATCHES}
   * @param count values per channel, 0 to {@link #MAX_BATCHES}, or {@link #UNKNOWN_COUNT}
   * @param mean per channel; NaN and infinity only under {@link NonFinite#PROPAGATE}
   * @param var per channel, not negative; NaN as for {@code mean}
   * @throws IllegalArgumentException naming what is out of range
   */
  public static RunningStatistics of(
      long numBatchesTracked, long count, double[] mean, double[] var) {
    if (numBatchesTracked < 0 || numBatchesTracked > MAX_BATCHES) {
      throw new IllegalArgumentException(
          "num_batches_tracked is %d, wanted 0 to 2^62".formatted(numBatchesTracked));
    }
    if (count < UNKNOWN_COUNT || count > MAX_BATCHES) {
      throw new IllegalArgumentException("count is %d, wanted 0 to 2^62".formatted(count));
    }
    if (mean.length != var.length) {
      throw new IllegalArgumentException(
          "running_mean has %d channels and running_var %d".formatted(mean.length, var.length));
    }
    for (int c = 0; c < var.length; c++) {
      if (var[c] < 0) {
        throw new IllegalArgumentException(
            "running_var[%d] is %s, wanted 0 or more".formatted(c, var[c]));
      }
    }
    return new RunningStatistics(numBatchesTracked, count, mean.clone(), var.clone(), null);
  }

  /**
   * These statistics with the layer's scale and shift.
   *
   * @throws IllegalArgumentException if the numbers of channels differ
   */
  public RunningStatistics withAffine(Affine parameters) {
    if (parameters != null && parameters.numFeatures() != numFeatures()) {
      throw new IllegalArgumentException(
          "weight and bias have %d channels, running_mean %d"
              .formatted(parameters.numFeatures(), numFeatures()));
    }
    return new RunningStatistics(numBatchesTracked, count, mean, var, parameters);
  }

  /** PyTorch's {@code reset_running_stats()}: initial again, weight and bias kept. */
  public RunningStatistics reset() {
    return initial(numFeatures()).withAffine(affine);
  }

  /**
   * These statistics after one more batch.
   *
   * @param batch moments of at least two values per channel
   * @throws IllegalStateException if {@code averaging} pools a population whose count is unknown
   */
  RunningStatistics updated(Moments batch, Averaging averaging) {
    return averaging.kind() == Averaging.Kind.POPULATION
        ? pooled(batch, 1)
        : averaged(batch, averaging.factor(numBatchesTracked + 1));
  }

  private RunningStatistics averaged(Moments batch, double f) {
    double[] nextMean = new double[mean.length];
    double[] nextVar = new double[mean.length];
    for (int c = 0; c < mean.length; c++) {
      nextMean[c] = (1 - f) * mean[c] + f * batch.mean(c);
      nextVar[c] = (1 - f) * var[c] + f * batch.unbiasedVar(c);
    }
    return next(1, batch.count(), nextMean, nextVar);
  }

  private RunningStatistics pooled(Moments more, long batches) {
    Moments all = population().merge(more);
    if (all.count() == 0) {
      return this;
    }
    double[] nextMean = new double[mean.length];
    double[] nextVar = new double[mean.length];
    for (int c = 0; c < mean.length; c++) {
      nextMean[c] = all.mean(c);
      nextVar[c] = all.biasedVar(c);
    }
    return next(batches, more.count(), nextMean, nextVar);
  }

  private RunningStatistics next(long batches, long values, double[] nextMean, double[] nextVar) {
    long nextCount = count == UNKNOWN_COUNT ? UNKNOWN_COUNT : Math.min(count + values, MAX_BATCHES);
    long nextBatches = Math.min(numBatchesTracked + batches, MAX_BATCHES);
    return new RunningStatistics(nextBatches, nextCount, nextMean, nextVar, affine);
  }

  /** As {@link #updated} counts a batch, of which the numbers are learned elsewhere. */
  RunningStatistics counted(long values) {
    return next(1, values, mean, var);
  }

  /** Channels {@code [from, to)} alone, with their weight and bias. */
  RunningStatistics channels(int from, int to) {
    Objects.checkFromToIndex(from, to, mean.length);
    return new RunningStatistics(
        numBatchesTracked,
        count,
        Arrays.copyOfRange(mean, from, to),
        Arrays.copyOfRange(var, from, to),
        affine == null ? null : affine.channels(from, to));
  }

  /** See {@link Slice#joined}. */
  static RunningStatistics joined(List<RunningStatistics> parts) {
    RunningStatistics first = parts.get(0);
    for (RunningStatistics part : parts) {
      if (part.numBatchesTracked != first.numBatchesTracked || part.count != first.count) {
        throw new IllegalArgumentException(
            "slices of %d and %d batches do not belong together"
                .formatted(first.numBatchesTracked, part.numBatchesTracked));
      }
    }
    double[] mean = parts.stream().flatMapToDouble(p -> Arrays.stream(p.mean)).toArray();
    double[] var = parts.stream().flatMapToDouble(p -> Arrays.stream(p.var)).toArray();
    Affine affine = Affine.joined(parts.stream().map(part -> part.affine).toList());
    return new RunningStatistics(first.numBatchesTracked, first.count, mean, var, affine);
  }

  /**
   * The moments of all values behind population statistics.
   *
   * @throws IllegalStateException if the count is unknown
   */
  public Moments population() {
    if (count == UNKNOWN_COUNT) {
      throw new IllegalStateException(
          "these statistics do not say how many values are behind them, so a population cannot"
              + " go on from them; use exponential or cumulative averaging, or reset");
    }
    double[] m2 = new double[var.length];
    for (int c = 0; c < m2.length; c++) {
      m2[c] = var[c] * count;
    }
    return Moments.of(count, mean, m2);
  }

  /**
   * Population statistics of the values behind both, exactly, by Chan's merge. Batches add up.
   * Statistics averaged in another way have no such merge: what they forgot is gone.
   *
   * @throws IllegalArgumentException if the numbers of channels, or weight and bias, differ
   * @throws IllegalStateException if a count is unknown
   */
  public RunningStatistics mergedPopulation(RunningStatistics other) {
    if (!affine().equals(other.affine())) {
      throw new IllegalArgumentException("weight and bias differ");
    }
    return pooled(other.population(), other.numBatchesTracked);
  }

  /** Whether nothing was ever learned or loaded: still PyTorch's initial state. */
  public boolean isInitial() {
    if (numBatchesTracked != 0) {
      return false;
    }
    for (int c = 0; c < mean.length; c++) {
      if (mean[c] != 0 || var[c] != 1) {
        return false;
      }
    }
    return true;
  }

  public int numFeatures() {
    return mean.length;
  }

  /** Batches learned from. */
  public long numBatchesTracked() {
    return numBatchesTracked;
  }

  /** Values per channel learned from, or {@link #UNKNOWN_COUNT}. */
  public long count() {
    return count;
  }

  public double mean(int c) {
    return mean[c];
  }

  /** A copy of the running mean. */
  public double[] means() {
    return mean.clone();
  }

  /** Running variance of channel {@code c}; unbiased, except that a population's is biased. */
  public double var(int c) {
    return var[c];
  }

  /** A copy of the running variance. */
  public double[] vars() {
    return var.clone();
  }

  public Optional<Affine> affine() {
    return Optional.ofNullable(affine);
  }

  /** {@code running_mean} as PyTorch holds it, rounded to float32. */
  public float[] meanAsFloats() {
    return narrowed(mean);
  }

  /** {@code running_var} as PyTorch holds it; above float32's range it is infinity, as there. */
  public float[] varAsFloats() {
    return narrowed(var);
  }

  private static float[] narrowed(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  /** Same bits everywhere; NaN equals NaN, 0.0 differs from -0.0. */
  @Override
  public boolean equals(Object o) {
    return o instanceof RunningStatistics other
        && numBatchesTracked == other.numBatchesTracked
        && count == other.count
        && Arrays.equals(mean, other.mean)
        && Arrays.equals(var, other.var)
        && affine().equals(other.affine());
  }

  @Override
  public int hashCode() {
    int hash = Long.hashCode(numBatchesTracked);
    hash = 31 * hash + Long.hashCode(count);
    hash = 31 * hash + Arrays.hashCode(mean);
    return 31 * hash + Arrays.hashCode(var);
  }

  @Override
  public String toString() {
    return "RunningStatistics[numBatchesTracked=%d, count=%d, mean=%s, var=%s%s]"
        .formatted(
            numBatchesTracked,
            count,
            Arrays.toString(mean),
            Arrays.toString(var),
            affine == null ? "" : ", " + affine);
  }
}
