package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LayerStateTest {
  private static final Affine AFFINE = Affine.of(new float[] {2}, new float[] {3});
  private static final RunningStatistics PLAIN =
      RunningStatistics.of(4, 40, new double[] {5}, new double[] {6});
  private static final RunningStatistics SCALED = PLAIN.withAffine(AFFINE);

  @Test
  void newKeyHasNothing() {
    assertThat(LayerState.NEW.statistics()).isEmpty();
    assertThat(LayerState.NEW.inputRank()).isEmpty();
    assertThat(LayerState.NEW.frozen()).isFalse();
  }

  @Test
  void freezeAndUnfreezeChangeNothingElse() {
    LayerState state = LayerState.of(SCALED, InputRank.TWO_D, false);

    assertThat(state.freeze()).isEqualTo(LayerState.of(SCALED, InputRank.TWO_D, true));
    assertThat(state.freeze().unfreeze()).isEqualTo(state);
    assertThat(state.frozen()).isFalse();
  }

  @Test
  void resetWithoutWeightAndBiasForgetsAllButTheFreeze() {
    LayerState state = LayerState.of(PLAIN, InputRank.TWO_D, true);

    assertThat(state.reset()).isEqualTo(LayerState.NEW.freeze());
    assertThat(LayerState.NEW.reset()).isEqualTo(LayerState.NEW);
  }

  @Test
  void resetKeepsWeightAndBias() {
    LayerState reset = LayerState.of(SCALED, InputRank.TWO_D, false).reset();

    RunningStatistics initial = RunningStatistics.initial(1).withAffine(AFFINE);
    assertThat(reset).isEqualTo(LayerState.of(initial, null, false));
  }

  @Test
  void loadReplacesStatisticsAndRankAndKeepsTheFreeze() {
    Affine other = Affine.of(new float[] {8}, new float[] {9});
    LayerState state = LayerState.of(SCALED, InputRank.TWO_D, true);

    LayerState loaded = state.load(RunningStatistics.initial(1).withAffine(other));

    assertThat(loaded)
        .isEqualTo(LayerState.of(RunningStatistics.initial(1).withAffine(other), null, true));
  }

  @Test
  void loadWithoutWeightAndBiasKeepsThoseThatFit() {
    LayerState state = LayerState.of(SCALED, InputRank.TWO_D, false);

    LayerState fitting = state.load(RunningStatistics.initial(1));
    LayerState other = state.load(RunningStatistics.initial(2));

    assertThat(fitting.statistics()).contains(RunningStatistics.initial(1).withAffine(AFFINE));
    assertThat(other.statistics()).contains(RunningStatistics.initial(2));
    assertThat(LayerState.NEW.load(PLAIN).statistics()).contains(PLAIN);
  }

  @Test
  void equalsByAllParts() {
    LayerState state = LayerState.of(PLAIN, InputRank.TWO_D, false);

    assertThat(state)
        .isEqualTo(LayerState.of(PLAIN, InputRank.TWO_D, false))
        .hasSameHashCodeAs(LayerState.of(PLAIN, InputRank.TWO_D, false))
        .isNotEqualTo(LayerState.of(SCALED, InputRank.TWO_D, false))
        .isNotEqualTo(LayerState.of(PLAIN, InputRank.ONE_D, false))
        .isNotEqualTo(LayerState.of(PLAIN, null, false))
        .isNotEqualTo(LayerState.of(PLAIN, InputRank.TWO_D, true));
  }
}
