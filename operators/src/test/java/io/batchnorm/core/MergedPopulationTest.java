package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Statistics of populations learned apart and put together. */
class MergedPopulationTest {
  private static final BatchNorm POPULATION =
      new BatchNorm(BatchNormConfig.builder().averaging(Averaging.population()).build());

  private static RunningStatistics learned(FeatureMap... batches) {
    RunningStatistics statistics = RunningStatistics.initial(batches[0].numFeatures());
    for (FeatureMap batch : batches) {
      statistics = POPULATION.train(batch, statistics).statistics();
    }
    return statistics;
  }

  @Property(tries = 200)
  void equalsLearningFromAllInOnePlace(
      @ForAll @IntRange(min = 2, max = 50) int rowsA,
      @ForAll @IntRange(min = 2, max = 50) int rowsB,
      @ForAll long seed) {
    FeatureMap all = Maps.random(seed, rowsA + rowsB, 2);
    FeatureMap a = Maps.rows(all, 0, rowsA);
    FeatureMap b = Maps.rows(all, rowsA, rowsA + rowsB);

    RunningStatistics merged = learned(a).mergedPopulation(learned(b));

    RunningStatistics expected = learned(all);
    assertThat(merged.count()).isEqualTo(expected.count());
    assertThat(merged.numBatchesTracked()).isEqualTo(2);
    for (int c = 0; c < 2; c++) {
      // Doubles near 1e4 resolve 2e-12; the bounds leave room for a few roundings of that.
      assertThat(merged.mean(c)).isCloseTo(expected.mean(c), within(2e-11));
      double tolerance = 1e-10 * expected.var(c) + 1e-10;
      assertThat(merged.var(c)).isCloseTo(expected.var(c), within(tolerance));
    }
  }

  @Test
  void mergingWithWhatLearnedNothingChangesNothing() {
    RunningStatistics some = learned(Maps.random(1, 5, 3));

    RunningStatistics merged = RunningStatistics.initial(3).mergedPopulation(some);

    assertThat(merged.means()).isEqualTo(some.means());
    assertThat(merged.count()).isEqualTo(5);
    assertThat(RunningStatistics.initial(3).mergedPopulation(RunningStatistics.initial(3)))
        .isEqualTo(RunningStatistics.initial(3));
  }

  @Test
  void refusesWhatHasNoCount() {
    RunningStatistics uncounted =
        RunningStatistics.of(
            3, RunningStatistics.UNKNOWN_COUNT, new double[] {1}, new double[] {1});

    assertThatIllegalStateException()
        .isThrownBy(() -> RunningStatistics.initial(1).mergedPopulation(uncounted));
  }

  @Test
  void refusesDifferentWeights() {
    RunningStatistics plain = RunningStatistics.initial(1);
    RunningStatistics weighted = plain.withAffine(Affine.of(new float[] {2}, null));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> plain.mergedPopulation(weighted))
        .withMessage("weight and bias differ");
  }
}
