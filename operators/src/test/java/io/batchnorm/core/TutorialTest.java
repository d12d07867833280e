package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/**
 * The worked example of a tutorial, {@code (1, 2, 3, 4)} with weight 1 and bias 0. It prints four
 * decimals, of its input too, so its output is met within 1e-4 and not exactly.
 */
class TutorialTest {
  private static final Offset<Float> PRINTED = within(1e-4f);

  private final FeatureMap x = Golden.named("tutorial_1x2x3x4").steps().get(0).x();
  private final BatchNorm batchNorm = new BatchNorm(BatchNormConfig.defaults());

  @Test
  void normalizesTheExampleToThePrintedNumbers() {
    float[] y = batchNorm.train(x, RunningStatistics.initial(2)).y().values();

    assertThat(y[at(0, 0, 3)]).isCloseTo(1.1317f, PRINTED);
    assertThat(y[at(0, 1, 3)]).isCloseTo(0.7331f, PRINTED);
    assertThat(y[at(1, 0, 0)]).isCloseTo(1.1970f, PRINTED);
    assertThat(y[at(1, 1, 0)]).isCloseTo(0.5507f, PRINTED);
    assertThat(y[at(1, 2, 0)]).isCloseTo(0.2454f, PRINTED);
  }

  @Test
  void learnsTheStatisticsThatPytorchLearnsFromTheExample() {
    RunningStatistics next = batchNorm.train(x, RunningStatistics.initial(2)).statistics();

    assertThat(next.numBatchesTracked()).isEqualTo(1);
    assertThat(next.meanAsFloats())
        .containsExactly(new float[] {0.013811666f, 0.011738333f}, within(2e-9f));
    assertThat(next.varAsFloats())
        .containsExactly(new float[] {1.0588195f, 1.0004265f}, within(2e-7f));
  }

  /** By the unbiased variance the example would be off by 0.094, a thousand tolerances. */
  @Test
  void normalizesTheExampleByTheBiasedVariance() {
    float[] y = batchNorm.train(x, RunningStatistics.initial(2)).y().values();
    double biased = Reference.biasedVar(Reference.channel(x, 0));
    double meanOfSquares = 0;
    for (int i = 0; i < 12; i++) {
      meanOfSquares += y[i] * (double) y[i] / 12;
    }

    assertThat(meanOfSquares).isCloseTo(biased / (biased + 1e-5), within(1e-6));
  }

  private static int at(int channel, int row, int column) {
    return (channel * 3 + row) * 4 + column;
  }
}
