package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.util.SplittableRandom;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** 200,000 rows of mean 1e4 and std 1, the input on which float32 accumulators fail. */
class ManyRowsTest {
  private static final int ROWS = 200_000;

  private final BatchNormConfig config =
      BatchNormConfig.builder().averaging(Averaging.exponential(1)).build();

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4})
  void learnsTheTrueVarianceOfManyRowsFarFromZero(int channels) {
    FeatureMap x = rows(channels);

    RunningStatistics learned =
        new BatchNorm(config).train(x, RunningStatistics.initial(channels)).statistics();

    for (int c = 0; c < channels; c++) {
      double[] exact = Reference.exactMoments(Reference.channel(x, c));
      assertThat(learned.mean(c)).isCloseTo(exact[0], withinPercentage(1e-12));
      // 1e-12 relative; measured is 2e-14.
      assertThat(learned.var(c)).isCloseTo(exact[1] / (ROWS - 1), withinPercentage(1e-10));
    }
  }

  /** What the documentation claims of PyTorch: a running variance of tens where 1 is true. */
  @Test
  void pytorchsFloat32AccumulatorsAreFarOffOnTheSameRows() {
    FeatureMap x = rows(2);

    double[] learned;
    try (TorchOracle torch = new TorchOracle(ScalarType.Float, InputRank.ONE_D, 2, config, null)) {
      torch.train(x);
      learned = torch.runningVar();
    }

    for (int c = 0; c < 2; c++) {
      double truth = Reference.exactMoments(Reference.channel(x, c))[1] / (ROWS - 1);
      assertThat(truth).isBetween(0.98, 1.02);
      assertThat(learned[c] - truth).isGreaterThan(10);
    }
  }

  private static FeatureMap rows(int channels) {
    SplittableRandom random = new SplittableRandom(channels);
    float[] values = new float[ROWS * channels];
    for (int i = 0; i < values.length; i++) {
      double radius = Math.sqrt(-2 * Math.log(1 - random.nextDouble()));
      values[i] = (float) (1e4 + radius * Math.cos(2 * Math.PI * random.nextDouble()));
    }
    return FeatureMap.of(values, ROWS, channels);
  }
}
