package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class BatchNormPropertiesTest {
  private static final int TRIES = 200;

  private final BatchNorm defaults = new BatchNorm(BatchNormConfig.defaults());

  @Property(tries = TRIES)
  void evalChangesNeitherItsInputNorTheStatistics(
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll long seed) {
    FeatureMap x = Maps.random(seed, rows, channels);
    RunningStatistics statistics = learned(channels, seed);

    FeatureMap first = defaults.eval(x, statistics);
    FeatureMap second = defaults.eval(x, statistics);

    assertThat(second).isEqualTo(first);
    assertThat(x).isEqualTo(Maps.random(seed, rows, channels));
    assertThat(statistics).isEqualTo(learned(channels, seed));
  }

  @Property(tries = TRIES)
  void trainChangesNeitherItsInputNorTheStatisticsItIsGiven(
      @ForAll @IntRange(min = 2, max = 40) int rows,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll long seed) {
    FeatureMap x = Maps.random(seed, rows, channels);
    RunningStatistics statistics = learned(channels, seed);

    RunningStatistics next = defaults.train(x, statistics).statistics();

    assertThat(next).isNotEqualTo(statistics);
    assertThat(x).isEqualTo(Maps.random(seed, rows, channels));
    assertThat(statistics).isEqualTo(learned(channels, seed));
  }

  /** Both on the same batch: sqrt(M2 / n + eps) there, sqrt(M2 / (n - 1) + eps) here. */
  @Property(tries = TRIES)
  void withMomentumOneEvalDiffersFromTrainByTheUnbiasedVarianceAlone(
      @ForAll @IntRange(min = 2, max = 40) int rows, @ForAll long seed) {
    FeatureMap x = Maps.random(seed, rows, 1);
    BatchNorm batchNorm = batchNorm(Averaging.exponential(1));

    TrainResult trained = batchNorm.train(x, RunningStatistics.initial(1));
    float[] evaluated = batchNorm.eval(x, trained.statistics()).values();

    double m2 = Reference.exactMoments(x.values())[1];
    double factor = Math.sqrt((m2 / rows + 1e-5) / (m2 / (rows - 1) + 1e-5));
    for (int i = 0; i < rows; i++) {
      float expected = (float) (trained.y().values()[i] * factor);
      // Both y are rounded to float32 once: half a unit each, one more for a change of exponent.
      assertThat(evaluated[i]).isCloseTo(expected, within(2 * Math.ulp(expected)));
    }
  }

  @Property(tries = 100)
  void populationOverAnySplitIsThatOfAllValuesAtOnce(
      @ForAll @Size(min = 1, max = 12) List<@IntRange(min = 2, max = 300) Integer> sizes,
      @ForAll long seed) {
    int rows = sizes.stream().mapToInt(Integer::intValue).sum();
    FeatureMap x = Maps.random(seed, rows, 2);
    BatchNorm batchNorm = batchNorm(Averaging.population());

    RunningStatistics split = RunningStatistics.initial(2);
    int from = 0;
    for (int size : sizes) {
      split = batchNorm.train(Maps.rows(x, from, from + size), split).statistics();
      from += size;
    }
    RunningStatistics whole = batchNorm.train(x, RunningStatistics.initial(2)).statistics();

    assertThat(split.numBatchesTracked()).isEqualTo(sizes.size());
    assertThat(split.count()).isEqualTo(whole.count()).isEqualTo(rows);
    assertIsThePopulation(whole, x);
    assertIsThePopulation(split, x);
  }

  /** 1e-13 of the largest value, as the mean may cancel; measured: 1e-15. */
  private static void assertIsThePopulation(RunningStatistics statistics, FeatureMap x) {
    for (int c = 0; c < x.numFeatures(); c++) {
      float[] values = Reference.channel(x, c);
      double[] exact = Reference.exactMoments(values);
      double max = Reference.maxAbs(values);
      double var = exact[1] / values.length;

      assertThat(statistics.mean(c)).isCloseTo(exact[0], within(1e-13 * max));
      double delta = 1e-13 * max;
      assertThat(statistics.var(c))
          .isCloseTo(var, within(1e-13 * var + 2 * delta * Math.sqrt(var) + delta * delta));
    }
  }

  @Property(tries = TRIES)
  void threeDimensionsGiveTheBitsOfTheirFlattenedRows(
      @ForAll @IntRange(min = 1, max = 5) int n,
      @ForAll @IntRange(min = 1, max = 20) int channels,
      @ForAll @IntRange(min = 2, max = 700) int length,
      @ForAll long seed) {
    FeatureMap x = Maps.random(seed, n, channels, length);
    RunningStatistics statistics = learned(channels, seed);

    TrainResult planes = defaults.train(x, statistics);
    TrainResult rows = defaults.train(Maps.flattened(x), statistics);

    assertThat(rows.statistics()).isEqualTo(planes.statistics());
    assertThat(rows.y()).isEqualTo(Maps.flattened(planes.y()));
    assertThat(defaults.eval(Maps.flattened(x), statistics))
        .isEqualTo(Maps.flattened(defaults.eval(x, statistics)));
  }

  @Property(tries = TRIES)
  void sliceOfChannelsGivesTheBitsOfTheWhole(
      @ForAll @IntRange(min = 2, max = 1100) int rows,
      @ForAll @IntRange(min = 1, max = 36) int channels,
      @ForAll @IntRange(min = 1, max = 3) int plane,
      @ForAll long seed) {
    FeatureMap x = Maps.random(seed, rows, channels, plane);
    Random random = new Random(seed);
    int from = random.nextInt(channels);
    int to = from + 1 + random.nextInt(channels - from);

    TrainResult whole = defaults.train(x, RunningStatistics.initial(channels));
    TrainResult slice =
        defaults.train(Maps.channels(x, from, to), RunningStatistics.initial(to - from));

    assertThat(slice.y()).isEqualTo(Maps.channels(whole.y(), from, to));
    for (int c = from; c < to; c++) {
      assertThat(slice.statistics().mean(c - from)).isEqualTo(whole.statistics().mean(c));
      assertThat(slice.statistics().var(c - from)).isEqualTo(whole.statistics().var(c));
    }
  }

  @Property(tries = TRIES)
  void constantChannelGivesTheBiasExactly(
      @ForAll float value,
      @ForAll float weight,
      @ForAll float bias,
      @ForAll @IntRange(min = 2, max = 1500) int rows) {
    Affine affine = Affine.of(new float[] {weight}, new float[] {bias});
    RunningStatistics statistics = RunningStatistics.initial(1).withAffine(affine);

    TrainResult result = defaults.train(Maps.filled(value, rows, 1), statistics);

    // Numerically: 0 * -1 + -0 is -0.
    for (float y : result.y().values()) {
      assertThat(y == bias).isTrue();
    }
    assertThat(result.statistics().var(0)).isEqualTo(0.9);
  }

  @Property(tries = TRIES)
  void everyBatchCountsOnceAndEveryValueOfAChannelOnce(
      @ForAll @Size(max = 20) List<@IntRange(min = 2, max = 9) Integer> sizes,
      @ForAll @IntRange(min = 1, max = 6) int plane) {
    RunningStatistics statistics = RunningStatistics.initial(3);
    long values = 0;

    for (int size : sizes) {
      statistics = defaults.train(Maps.random(size, size, 3, plane), statistics).statistics();
      values += (long) size * plane;
    }

    assertThat(statistics.numBatchesTracked()).isEqualTo(sizes.size());
    assertThat(statistics.count()).isEqualTo(values);
  }

  @Property(tries = 50)
  void unknownCountStaysUnknownAndNoPopulationGoesOnFromIt(
      @ForAll @IntRange(min = 1, max = 10) int batches, @ForAll long seed) {
    RunningStatistics statistics =
        RunningStatistics.of(
            7, RunningStatistics.UNKNOWN_COUNT, new double[] {1}, new double[] {2});

    for (int i = 0; i < batches; i++) {
      statistics = defaults.train(Maps.random(seed + i, 4, 1), statistics).statistics();
    }

    RunningStatistics last = statistics;
    assertThat(last.count()).isEqualTo(RunningStatistics.UNKNOWN_COUNT);
    assertThat(last.numBatchesTracked()).isEqualTo(7 + batches);
    BatchNorm population = batchNorm(Averaging.population());
    assertThatExceptionOfType(InvalidBatchException.class)
        .isThrownBy(() -> population.train(Maps.random(seed, 4, 1), last))
        .withMessageContaining("do not say how many values")
        .extracting(InvalidBatchException::reason)
        .isEqualTo(RejectionReason.UNKNOWN_COUNT);
  }

  private static BatchNorm batchNorm(Averaging averaging) {
    return new BatchNorm(BatchNormConfig.builder().averaging(averaging).build());
  }

  private static RunningStatistics learned(int channels, long seed) {
    double[] mean = new double[channels];
    double[] var = new double[channels];
    Random random = new Random(seed);
    for (int c = 0; c < channels; c++) {
      mean[c] = 100 * random.nextDouble();
      var[c] = 100 * random.nextDouble();
    }
    return RunningStatistics.of(5, 500, mean, var);
  }
}
