package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AveragingTest {
  @Test
  void defaultIsPytorchsMomentumOfATenth() {
    assertThat(Averaging.DEFAULT).isEqualTo(Averaging.exponential(0.1));
    assertThat(Averaging.DEFAULT.kind()).isEqualTo(Averaging.Kind.EXPONENTIAL);
  }

  @Test
  void exponentialWeighsTheNewBatchByTheMomentumWheneverItComes() {
    assertThat(Averaging.exponential(0.3).factor(1)).isEqualTo(0.3);
    assertThat(Averaging.exponential(0.3).factor(1000)).isEqualTo(0.3);
  }

  @Test
  void cumulativeWeighsAllBatchesAlike() {
    assertThat(Averaging.cumulative().factor(1)).isEqualTo(1);
    assertThat(Averaging.cumulative().factor(4)).isEqualTo(0.25);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, Double.MIN_VALUE, 1})
  void takesMomentumFromZeroToOne(double momentum) {
    assertThat(Averaging.exponential(momentum).momentum()).isEqualTo(momentum);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.5, -Double.MIN_VALUE, 1.0000000000000002, 2, Double.NaN})
  void refusesAMomentumOutsideOfZeroToOne(double momentum) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Averaging.exponential(momentum))
        .withMessage(
            "momentum is %s, wanted a number in [0, 1]: the weight of the new batch", momentum);
  }

  @Test
  void refusesToBeOfNoKind() {
    assertThatExceptionOfType(NullPointerException.class)
        .isThrownBy(() -> new Averaging(null, 0.1));
  }

  @Test
  void codesAreStable() {
    assertThat(Averaging.Kind.values())
        .extracting(Averaging.Kind::code)
        .containsExactly("exponential", "cumulative", "population");
  }
}
