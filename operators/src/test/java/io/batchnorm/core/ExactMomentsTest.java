package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ExactMomentsTest {
  @Test
  void statisticsOfThreeValuesFarFromZero() {
    ExactChannel channel = of(1e8, 1e8 + 1, 1e8 + 2);

    assertThat(channel.count()).isEqualTo(3);
    assertThat(channel.mean()).isEqualTo(1e8 + 1);
    assertThat(channel.m2()).isEqualTo(2);
    assertThat(channel.biasedVar()).isEqualTo(2.0 / 3);
    assertThat(channel.unbiasedVar()).isEqualTo(1);
  }

  @Test
  void integersThatNoDoubleHoldsDifferAllTheSame() {
    long far = (1L << 60) + 1;
    ExactChannel channel =
        ExactChannel.of(far).plus(ExactChannel.of(far + 1)).plus(ExactChannel.of(far + 2));

    assertThat(channel.m2()).isEqualTo(2);
  }

  @Test
  void noValuesHaveNoMeanAndNoVariance() {
    assertThat(ExactChannel.EMPTY.count()).isZero();
    assertThat(ExactChannel.EMPTY.mean()).isNaN();
    assertThat(ExactChannel.EMPTY.m2()).isNaN();
    assertThat(ExactChannel.EMPTY.biasedVar()).isNaN();
    assertThat(ExactChannel.EMPTY.unbiasedVar()).isNaN();
  }

  @Test
  void oneValueHasNoUnbiasedVariance() {
    assertThat(of(0.1).mean()).isEqualTo(0.1);
    assertThat(of(0.1).m2()).isZero();
    assertThat(of(0.1).biasedVar()).isZero();
    assertThat(of(0.1).unbiasedVar()).isNaN();
  }

  @Test
  void equalValuesHaveVarianceZeroExactly() {
    assertThat(of(0.1, 0.1, 0.1).biasedVar()).isZero();
  }

  @Test
  void whatIsNotFiniteIsCountedAndShowsAsInIeee754() {
    double infinity = Double.POSITIVE_INFINITY;

    assertThat(of(1, Double.NaN).mean()).isNaN();
    assertThat(of(1, infinity).mean()).isEqualTo(infinity);
    assertThat(of(1, -infinity).mean()).isEqualTo(-infinity);
    assertThat(of(infinity, -infinity).mean()).isNaN();
    assertThat(of(1, 2, infinity).count()).isEqualTo(3);
    assertThat(of(1, 2, infinity).m2()).isNaN();
    assertThat(of(1, 2, infinity).biasedVar()).isNaN();
    assertThat(of(1, 2, Double.NaN).unbiasedVar()).isNaN();
  }

  @Test
  void nothingIsLeftOfWhatIsTakenOut() {
    ExactChannel odd = of(1e300, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
    ExactChannel both = of(1, 2).plus(ExactChannel.NULL).plus(odd);

    assertThat(both.plus(odd.negated()).plus(ExactChannel.NULL.negated())).isEqualTo(of(1, 2));
  }

  @Test
  void nullsAreNotCountedButMakeAChannel() {
    ExactMoments moments = ExactMoments.of(ExactChannel.of(1.0), ExactChannel.NULL);

    assertThat(moments.numFeatures()).isEqualTo(2);
    assertThat(moments.channel(1).count()).isZero();
    assertThat(moments.plus(moments.negated())).isEqualTo(ExactMoments.EMPTY);
  }

  @Test
  void aChannelCountsTheRowsThatReachIt() {
    ExactMoments longer = ExactMoments.of(of(1), of(10), of(100));
    ExactMoments both = ExactMoments.of(of(3)).plus(longer);

    assertThat(both.channel(0).mean()).isEqualTo(2);
    assertThat(both.channel(2).count()).isEqualTo(1);
    assertThat(both.channel(3)).isEqualTo(ExactChannel.EMPTY);
    assertThat(both.plus(longer.negated())).isEqualTo(ExactMoments.of(of(3)));
  }

  private static ExactChannel of(double... values) {
    return Arrays.stream(values)
        .mapToObj(ExactChannel::of)
        .reduce(ExactChannel.EMPTY, ExactChannel::plus);
  }
}
