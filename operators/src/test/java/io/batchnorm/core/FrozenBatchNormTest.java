package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FrozenBatchNormTest {
  private static final RunningStatistics LEARNED =
      RunningStatistics.of(1, 100, new double[] {3, 5}, new double[] {4, 0.25});

  @Property(tries = 200)
  void hasTheBitsOfEvalForEachBatch(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 5) int rank) {
    RandomLayer layer = new RandomLayer(seed, rank, 20, 1e6);
    BatchNorm batchNorm = new BatchNorm(layer.config);
    RunningStatistics statistics =
        RunningStatistics.initial(layer.channels).withAffine(layer.affine);
    FrozenBatchNorm frozen = batchNorm.frozen(statistics);

    for (FeatureMap x : layer.trainingBatches) {
      assertThat(frozen.eval(x)).isEqualTo(batchNorm.eval(x, statistics));
      statistics = batchNorm.train(x, statistics).statistics();
      frozen = batchNorm.frozen(statistics);
      assertThat(frozen.eval(layer.evalBatch))
          .isEqualTo(frozen.eval(layer.evalBatch))
          .isEqualTo(batchNorm.eval(layer.evalBatch, statistics));
    }
  }

  @Test
  void staysAsItIsThroughAdaptationAndRejectedBatches() {
    FrozenBatchNorm frozen = new BatchNorm(BatchNormConfig.defaults()).frozen(LEARNED);
    FeatureMap x = FeatureMap.of(new float[] {5, 5, 1, 5.5f}, 2, 2);
    FeatureMap y = frozen.eval(x);

    frozen.adapt(x, 0.5);
    assertThatExceptionOfType(InvalidBatchException.class)
        .isThrownBy(() -> frozen.eval(Maps.filled(1, 2, 3)));
    assertThatExceptionOfType(InvalidBatchException.class)
        .isThrownBy(() -> frozen.eval(Maps.filled(Float.NaN, 2, 2)));

    assertThat(frozen.eval(x)).isEqualTo(y);
    assertThat(frozen.statistics()).isEqualTo(LEARNED);
    assertThat(y.values()).containsExactly(0.99999875f, 0, -0.99999875f, 0.99998f);
  }

  @Test
  void adaptsAsBatchNormDoes() {
    BatchNorm batchNorm = new BatchNorm(BatchNormConfig.defaults());
    FeatureMap x = Maps.random(1, 7, 2);

    FeatureMap y = batchNorm.frozen(LEARNED).adapt(x, 0.3);

    assertThat(y).isEqualTo(batchNorm.adapt(x, LEARNED, 0.3));
    assertThat(y).isNotEqualTo(batchNorm.eval(x, LEARNED));
  }
}
