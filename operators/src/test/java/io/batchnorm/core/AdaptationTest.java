package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frozen statistics blended with those of the batch. */
class AdaptationTest {
  private static final RunningStatistics FROZEN =
      RunningStatistics.of(9, 90, new double[] {0.5, -2, 3}, new double[] {1.5, 0.25, 4})
          .withAffine(Affine.of(new float[] {1, 2, -1}, new float[] {0, 0.5f, 1}));
  private static final FeatureMap SHIFTED = shifted();

  private final BatchNorm batchNorm = new BatchNorm(BatchNormConfig.defaults());

  private static FeatureMap shifted() {
    float[] values = new float[4 * 3 * 5];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (2 + Math.sin(i) * 3);
    }
    return FeatureMap.of(values, 4, 3, 5);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 0.25, 0.5, 1})
  void equalsAPyTorchLayerOfThatMomentumThatSawTheBatchOnce(double alpha) {
    BatchNormConfig config =
        BatchNormConfig.builder().averaging(Averaging.exponential(alpha)).build();
    Affine affine = FROZEN.affine().orElseThrow();
    try (TorchOracle torch =
        new TorchOracle(ScalarType.Double, InputRank.ONE_D, 3, config, affine)) {
      torch.load(FROZEN);
      torch.train(SHIFTED);

      double[] expected = torch.eval(SHIFTED);

      float[] y = batchNorm.adapt(SHIFTED, FROZEN, alpha).values();
      for (int i = 0; i < y.length; i++) {
        assertThat((double) y[i]).isCloseTo(expected[i], within(2e-7 * (1 + Math.abs(y[i]))));
      }
    }
  }

  @Test
  void zeroIsPlainEvalToTheBit() {
    assertThat(batchNorm.adapt(SHIFTED, FROZEN, 0)).isEqualTo(batchNorm.eval(SHIFTED, FROZEN));
  }

  @Test
  void zeroTakesOneValuePerChannelAndMoreDoesNot() {
    FeatureMap one = SHIFTED.sample(0);
    FeatureMap single = FeatureMap.of(new float[] {1, 2, 3}, 1, 3);

    assertThat(batchNorm.adapt(one, FROZEN, 0.5).shape()).containsExactly(1, 3, 5);
    assertThat(batchNorm.adapt(single, FROZEN, 0).shape()).containsExactly(1, 3);
    assertThatExceptionOfType(InvalidBatchException.class)
        .isThrownBy(() -> batchNorm.adapt(single, FROZEN, 0.5))
        .extracting(InvalidBatchException::reason)
        .isEqualTo(RejectionReason.ONE_VALUE_PER_CHANNEL);
  }

  @Test
  void wantsLearnedStatisticsLikeEval() {
    assertThatExceptionOfType(InvalidBatchException.class)
        .isThrownBy(() -> batchNorm.adapt(SHIFTED, RunningStatistics.initial(3), 0.5))
        .extracting(InvalidBatchException::reason)
        .isEqualTo(RejectionReason.NO_STATISTICS);
  }
}
