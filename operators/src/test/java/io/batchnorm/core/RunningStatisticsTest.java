package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunningStatisticsTest {
  private static final Affine AFFINE = Affine.of(new float[] {2}, new float[] {3});

  /** Of {1, 3}: mean 2, M2 2. */
  private static final Moments BATCH = Moments.of(2, new double[] {2}, new double[] {2});

  @Test
  void startsWithMeanZeroAndVarianceOne() {
    RunningStatistics initial = RunningStatistics.initial(2);

    assertThat(initial.means()).containsExactly(0, 0);
    assertThat(initial.vars()).containsExactly(1, 1);
    assertThat(initial.numBatchesTracked()).isZero();
    assertThat(initial.count()).isZero();
    assertThat(initial.affine()).isEmpty();
    assertThat(initial.isInitial()).isTrue();
  }

  @Test
  void isNotInitialOnceAnythingDiffers() {
    assertThat(one(1, 0, 0, 1).isInitial()).isFalse();
    assertThat(one(0, 0, 1e-300, 1).isInitial()).isFalse();
    assertThat(one(0, 0, 0, 0.9999999999999999).isInitial()).isFalse();
    assertThat(one(0, 0, Double.NaN, Double.NaN).isInitial()).isFalse();
    assertThat(one(0, 0, 0, 1).withAffine(AFFINE).isInitial()).isTrue();
  }

  @Test
  void exponentialTakesTheUnbiasedVarianceWithTheWeightOfTheNew() {
    RunningStatistics next = one(4, 10, 1, 3).updated(BATCH, Averaging.exponential(0.25));

    assertThat(next).isEqualTo(one(5, 12, 1.25, 2.75));
  }

  @Test
  void cumulativeTakesTheFourthBatchByAQuarter() {
    RunningStatistics next = one(3, 10, 2, 6).updated(BATCH, Averaging.cumulative());

    assertThat(next).isEqualTo(one(4, 12, 2, 5));
  }

  /** {5, 9} (mean 7, biased variance 4) and {1, 3}: mean 4.5, M2 of all four 35. */
  @Test
  void populationPoolsTheBiasedVariance() {
    RunningStatistics next = one(3, 2, 7, 4).updated(BATCH, Averaging.population());

    assertThat(next).isEqualTo(one(4, 4, 4.5, 8.75));
  }

  @Test
  void populationOfAFirstBatchIsThatBatch() {
    RunningStatistics next = RunningStatistics.initial(1).updated(BATCH, Averaging.population());

    assertThat(next).isEqualTo(one(1, 2, 2, 1));
  }

  @Test
  void updateKeepsWeightAndBias() {
    RunningStatistics start = one(0, 0, 0, 1).withAffine(AFFINE);

    assertThat(start.updated(BATCH, Averaging.DEFAULT).affine()).contains(AFFINE);
    assertThat(start.updated(BATCH, Averaging.population()).affine()).contains(AFFINE);
  }

  @Test
  void resetForgetsAllButWeightAndBias() {
    RunningStatistics reset = one(7, 99, 5, 6).withAffine(AFFINE).reset();

    assertThat(reset).isEqualTo(RunningStatistics.initial(1).withAffine(AFFINE));
    assertThat(reset.isInitial()).isTrue();
  }

  @Test
  void copiesItsArraysBothWays() {
    double[] mean = {1};
    double[] var = {2};

    RunningStatistics statistics = RunningStatistics.of(1, 1, mean, var);
    mean[0] = 9;
    var[0] = 9;
    statistics.means()[0] = 9;
    statistics.vars()[0] = 9;

    assertThat(statistics).isEqualTo(one(1, 1, 1, 2));
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, (1L << 62) + 1, Long.MAX_VALUE})
  void refusesACountOfBatchesOutOfRange(long batches) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> one(batches, 0, 0, 1))
        .withMessage("num_batches_tracked is %d, wanted 0 to 2^62", batches);
  }

  @Test
  void takesTheLargestCountOfBatches() {
    assertThat(one(1L << 62, 0, 0, 1).numBatchesTracked()).isEqualTo(4611686018427387904L);
  }

  /** What a step gives can always be written and read again. */
  @Test
  void countersStopAtTheLargestCountInsteadOfWrapping() {
    long most = RunningStatistics.MAX_BATCHES;
    RunningStatistics full = one(most, most, 0, 1);

    RunningStatistics next = full.updated(BATCH, Averaging.exponential(1));
    RunningStatistics pooled = full.updated(BATCH, Averaging.population());

    assertThat(next).isEqualTo(one(most, most, 2, 2));
    assertThat(pooled.count()).isEqualTo(most);
    assertThat(pooled.numBatchesTracked()).isEqualTo(most);
  }

  @Test
  void refusesACountOfValuesOutOfRangeOtherThanUnknown() {
    assertThat(RunningStatistics.UNKNOWN_COUNT).isEqualTo(-1);
    assertThat(one(0, -1, 0, 1).count()).isEqualTo(RunningStatistics.UNKNOWN_COUNT);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> one(0, -2, 0, 1))
        .withMessage("count is -2, wanted 0 to 2^62");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> one(0, Long.MAX_VALUE, 0, 1))
        .withMessageContaining("wanted 0 to 2^62");
  }

  @Test
  void refusesNegativeVarianceAndSaysWhere() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RunningStatistics.of(0, 0, new double[2], new double[] {1, -1e-9}))
        .withMessage("running_var[1] is -1.0E-9, wanted 0 or more");
  }

  @Test
  void takesVarianceZeroNanAndInfinity() {
    assertThat(one(1, 1, 0, 0).var(0)).isZero();
    assertThat(one(1, 1, Double.POSITIVE_INFINITY, Double.NaN).var(0)).isNaN();
    assertThat(one(1, 1, 0, Double.POSITIVE_INFINITY).var(0)).isInfinite();
  }

  @Test
  void refusesArraysOfDifferentLengths() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RunningStatistics.of(0, 0, new double[2], new double[3]))
        .withMessage("running_mean has 2 channels and running_var 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RunningStatistics.initial(2).withAffine(AFFINE))
        .withMessage("weight and bias have 1 channels, running_mean 2");
  }

  @Test
  void givesThePopulationBehindIt() {
    Moments population = one(3, 4, 4.5, 8.75).population();

    assertThat(population).isEqualTo(Moments.of(4, new double[] {4.5}, new double[] {35}));
  }

  @Test
  void refusesThePopulationOfAnUnknownCount() {
    assertThatIllegalStateException()
        .isThrownBy(() -> one(3, RunningStatistics.UNKNOWN_COUNT, 1, 1).population())
        .withMessageContaining("use exponential or cumulative averaging, or reset");
  }

  @Test
  void narrowsToTheNearestFloatAndToInfinityBeyondItsRange() {
    RunningStatistics statistics =
        RunningStatistics.of(1, 2, new double[] {0.1, -1e39}, new double[] {1 + 0x1p-25, 2e39});

    assertThat(statistics.meanAsFloats()).containsExactly(0.1f, Float.NEGATIVE_INFINITY);
    assertThat(statistics.varAsFloats()).containsExactly(1f, Float.POSITIVE_INFINITY);
  }

  @Test
  void equalsByBits() {
    RunningStatistics statistics = one(1, 2, 0.0, Double.NaN);

    assertThat(statistics)
        .isEqualTo(one(1, 2, 0.0, Double.NaN))
        .hasSameHashCodeAs(one(1, 2, 0.0, Double.NaN))
        .isNotEqualTo(one(2, 2, 0.0, Double.NaN))
        .isNotEqualTo(one(1, 3, 0.0, Double.NaN))
        .isNotEqualTo(one(1, 2, -0.0, Double.NaN))
        .isNotEqualTo(one(1, 2, 0.0, 1))
        .isNotEqualTo(statistics.withAffine(AFFINE));
  }

  private static RunningStatistics one(long batches, long count, double mean, double var) {
    return RunningStatistics.of(batches, count, new double[] {mean}, new double[] {var});
  }
}
