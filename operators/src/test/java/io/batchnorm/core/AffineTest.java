package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class AffineTest {
  private static final float[] WEIGHT = {1.5f, -0.25f};
  private static final float[] BIAS = {0.1f, -2};

  @Test
  void holdsWeightAndBiasPerChannel() {
    Affine affine = Affine.of(WEIGHT, BIAS);

    assertThat(affine.numFeatures()).isEqualTo(2);
    assertThat(affine.weight(1)).isEqualTo(-0.25f);
    assertThat(affine.bias(0)).isEqualTo(0.1f);
    assertThat(affine.hasWeight()).isTrue();
    assertThat(affine.hasBias()).isTrue();
  }

  @Test
  void missingBiasIsZero() {
    Affine affine = Affine.of(WEIGHT, null);

    assertThat(affine.hasBias()).isFalse();
    assertThat(affine.bias(1)).isZero();
    assertThat(affine.biases()).isNull();
    assertThat(affine.numFeatures()).isEqualTo(2);
  }

  @Test
  void missingWeightIsOne() {
    Affine affine = Affine.of(null, BIAS);

    assertThat(affine.hasWeight()).isFalse();
    assertThat(affine.weight(1)).isEqualTo(1);
    assertThat(affine.weights()).isNull();
    assertThat(affine.numFeatures()).isEqualTo(2);
  }

  @Test
  void refusesNothingAndDifferentLengths() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Affine.of(null, null))
        .withMessage("neither weight nor bias");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Affine.of(WEIGHT, new float[3]))
        .withMessage("weight has 2 channels and bias 3");
  }

  @Test
  void copiesItsArraysBothWays() {
    float[] weight = WEIGHT.clone();
    float[] bias = BIAS.clone();

    Affine affine = Affine.of(weight, bias);
    weight[0] = 9;
    bias[0] = 9;
    affine.weights()[0] = 9;
    affine.biases()[0] = 9;

    assertThat(affine).isEqualTo(Affine.of(WEIGHT, BIAS));
  }

  @Test
  void missingDiffersFromWrittenOut() {
    assertThat(Affine.of(WEIGHT, BIAS))
        .hasSameHashCodeAs(Affine.of(WEIGHT, BIAS))
        .isNotEqualTo(Affine.of(BIAS, BIAS))
        .isNotEqualTo(Affine.of(WEIGHT, WEIGHT));
    assertThat(Affine.of(WEIGHT, null)).isNotEqualTo(Affine.of(WEIGHT, new float[2]));
    assertThat(Affine.of(null, BIAS)).isNotEqualTo(Affine.of(new float[] {1, 1}, BIAS));
  }
}
