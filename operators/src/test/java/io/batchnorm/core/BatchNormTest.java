package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

class BatchNormTest {
  private static final RunningStatistics LEARNED =
      RunningStatistics.of(3, 30, new double[] {1, 2}, new double[] {4, 9});

  private final BatchNorm batchNorm = new BatchNorm(BatchNormConfig.defaults());

  /** {1, 3}: mean 2, biased variance 1, unbiased 2. */
  @Test
  void trainsOnTwoValues() {
    FeatureMap x = FeatureMap.of(new float[] {1, 3}, 2, 1);

    TrainResult result = batchNorm.train(x, RunningStatistics.initial(1));

    float one = (float) (1 / Math.sqrt(1 + 1e-5));
    assertThat(result.y()).isEqualTo(FeatureMap.of(new float[] {-one, one}, 2, 1));
    assertThat(result.statistics())
        .isEqualTo(
            RunningStatistics.of(
                1, 2, new double[] {0.1 * 2}, new double[] {(1 - 0.1) * 1 + 0.1 * 2}));
  }

  @Test
  void evalAppliesRunningStatisticsThenWeightThenBias() {
    Affine affine = Affine.of(new float[] {10, -1}, new float[] {5, 7});
    FeatureMap x = FeatureMap.of(new float[] {3, 2}, 1, 2);

    float[] y = batchNorm.eval(x, LEARNED.withAffine(affine)).values();

    assertThat(y).containsExactly((float) (2 / Math.sqrt(4 + 1e-5) * 10 + 5), 7);
  }

  /** Where var is far below eps, 1 / sqrt(var + eps) and 1 / (sqrt(var) + eps) are 29 apart. */
  @Test
  void epsIsInsideTheRoot() {
    RunningStatistics narrow = RunningStatistics.of(1, 2, new double[] {0}, new double[] {1e-8});

    float[] y = batchNorm.eval(FeatureMap.of(new float[] {1}, 1, 1), narrow).values();

    assertThat(y).containsExactly((float) (1 / Math.sqrt(1.001e-5)));
    assertThat(y[0]).isBetween(316.0f, 316.1f);
  }

  @Test
  void saysWhatCameAndWhatWasWantedWhenItRejects() {
    assertMessage(
        "input [0, 2] has no values, wanted at least one of every size",
        FeatureMap.of(new float[0], 0, 2));
    assertMessage(
        "input [1, 2] has one value per channel, training wants two or more; send larger batches",
        FeatureMap.of(new float[2], 1, 2));
    assertMessage(
        "input [2, 3] has 3 channels, the statistics of its key have 2; send it under another key"
            + " or reset this one",
        FeatureMap.of(new float[6], 2, 3));
    assertMessage(
        "input [2, 2] has NaN in sample 1, channel 0, wanted finite values; clean the source or"
            + " allow them to propagate",
        FeatureMap.of(new float[] {1, 2, Float.NaN, 4}, 2, 2));
  }

  private void assertMessage(String message, FeatureMap x) {
    assertThatExceptionOfType(InvalidBatchException.class)
        .isThrownBy(() -> batchNorm.train(x, LEARNED))
        .withMessage(message);
  }

  @Test
  void propagatedNanStaysForEverAndResetHealsIt() {
    BatchNorm propagating =
        new BatchNorm(
            BatchNormConfig.builder()
                .nonFinite(NonFinite.PROPAGATE)
                .averaging(Averaging.exponential(1))
                .build());
    FeatureMap bad = FeatureMap.of(new float[] {Float.NaN, 1, 2, 3}, 2, 2);
    FeatureMap good = Maps.random(1, 5, 2);

    RunningStatistics poisoned = propagating.train(bad, LEARNED).statistics();
    RunningStatistics still = propagating.train(good, poisoned).statistics();

    assertThat(still.mean(0)).isNaN();
    assertThat(still.var(0)).isNaN();
    assertThat(still.mean(1)).isFinite();
    assertThat(propagating.train(good, still.reset()).statistics())
        .isEqualTo(propagating.train(good, RunningStatistics.initial(2)).statistics());
  }

  @Test
  void finiteInputFromTheEdgeOfFloat32IsNotRejected() {
    FeatureMap x =
        FeatureMap.of(new float[] {Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE}, 3, 1);

    TrainResult result = batchNorm.train(x, RunningStatistics.initial(1));

    assertThat(result.statistics().var(0)).isFinite();
    assertThat(result.y().values()[0]).isEqualTo((float) Math.sqrt(1.5));
    assertThat(result.y().values()[2]).isZero();
  }
}
