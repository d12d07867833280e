package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class MomentsTest {
  /** Channels {1, 3, 5, 7} and {2, 2, 2, 2}. */
  private static final FeatureMap X = FeatureMap.of(new float[] {1, 3, 2, 2, 5, 7, 2, 2}, 2, 2, 2);

  @Test
  void countsMeanAndM2OfEveryChannel() {
    Moments moments = Moments.of(X);

    assertThat(moments)
        .isEqualTo(Moments.of(4, new double[] {4, 2}, new double[] {20, 0}))
        .hasSameHashCodeAs(Moments.of(4, new double[] {4, 2}, new double[] {20, 0}));
    assertThat(moments.numFeatures()).isEqualTo(2);
  }

  @Test
  void biasedVarianceDividesByNAndUnbiasedByOneLess() {
    Moments moments = Moments.of(X);

    assertThat(moments.biasedVar(0)).isEqualTo(5);
    assertThat(moments.unbiasedVar(0)).isEqualTo(20 / 3.0);
    assertThat(moments.unbiasedVar(1)).isZero();
  }

  @Test
  void varianceOfTooFewValuesIsNan() {
    assertThat(Moments.empty(1).biasedVar(0)).isNaN();
    assertThat(Moments.empty(1).unbiasedVar(0)).isNaN();
    assertThat(Moments.of(1, new double[] {5}, new double[] {0}).biasedVar(0)).isZero();
    assertThat(Moments.of(1, new double[] {5}, new double[] {0}).unbiasedVar(0)).isNaN();
  }

  @Test
  void mergeLeavesBothAsTheyWere() {
    Moments a = Moments.of(X);
    Moments b = Moments.of(3, new double[] {1, 2}, new double[] {3, 4});

    a.merge(b);

    assertThat(a).isEqualTo(Moments.of(X));
    assertThat(b).isEqualTo(Moments.of(3, new double[] {1, 2}, new double[] {3, 4}));
  }

  @Test
  void copiesItsArrays() {
    double[] mean = {1};
    double[] m2 = {2};

    Moments moments = Moments.of(3, mean, m2);
    mean[0] = 9;
    m2[0] = 9;

    assertThat(moments.mean(0)).isEqualTo(1);
    assertThat(moments.m2(0)).isEqualTo(2);
  }

  @Test
  void refusesPartsThatDoNotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Moments.of(-1, new double[1], new double[1]))
        .withMessageContaining("got count -1, 1 means, 1 M2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Moments.of(1, new double[1], new double[2]))
        .withMessageContaining("1 means, 2 M2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Moments.of(X).merge(Moments.empty(3)))
        .withMessage("cannot merge moments of 2 and 3 channels");
  }

  @Test
  void refusesACountThatNoLongHolds() {
    Moments many = Moments.of(Long.MAX_VALUE, new double[1], new double[1]);
    Moments one = Moments.of(1, new double[1], new double[1]);

    assertThatExceptionOfType(ArithmeticException.class).isThrownBy(() -> many.merge(one));
  }
}
