package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExactSumTest {
  /** More digits than any quotient of these tests needs to be told from a tie. */
  private static final MathContext DIGITS = new MathContext(2500);

  @ParameterizedTest
  @ValueSource(
      doubles = {
        0,
        1,
        -1.5,
        0.1,
        1e300,
        Double.MAX_VALUE,
        -Double.MAX_VALUE,
        Double.MIN_NORMAL,
        Double.MIN_VALUE,
        -3 * Double.MIN_VALUE
      })
  void oneValueComesOutAsItWentIn(double value) {
    assertThat(ExactSum.of(value).dividedBy(BigInteger.ONE)).isEqualTo(value);
  }

  @Test
  void negativeZeroIsZero() {
    assertThat(ExactSum.of(-0.0)).isEqualTo(ExactSum.ZERO);
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void refusesWhatHasNoSum(double value) {
    assertThatThrownBy(() -> ExactSum.of(value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a sum wants finite values, got " + value);
  }

  @Test
  void losesNoBitBetweenTheSmallestAndTheLargest() {
    ExactSum all =
        ExactSum.of(Double.MIN_VALUE)
            .plus(ExactSum.of(Double.MAX_VALUE))
            .plus(ExactSum.of(-Double.MAX_VALUE));

    assertThat(all).isEqualTo(ExactSum.of(Double.MIN_VALUE));
  }

  @Test
  void integersBeyondTheDoublesStayExact() {
    ExactSum one = ExactSum.of(Long.MAX_VALUE).plus(ExactSum.of(Long.MAX_VALUE - 1).negated());

    assertThat(one).isEqualTo(ExactSum.of(1L));
  }

  @Test
  void aTieIsRoundedToEven() {
    ExactSum below = ExactSum.of(0x1p53).plus(ExactSum.of(1L));
    ExactSum above = ExactSum.of(0x1p53).plus(ExactSum.of(3L));

    assertThat(below.dividedBy(BigInteger.ONE)).isEqualTo(0x1p53);
    assertThat(above.dividedBy(BigInteger.ONE)).isEqualTo(0x1p53 + 4);
    assertThat(below.negated().dividedBy(BigInteger.ONE)).isEqualTo(-0x1p53);
  }

  @Test
  void aTieBetweenSubnormalsIsRoundedOnce() {
    BigInteger two = BigInteger.TWO;

    assertThat(ExactSum.of(Double.MIN_VALUE).dividedBy(two)).isEqualTo(0);
    assertThat(ExactSum.of(3 * Double.MIN_VALUE).dividedBy(two)).isEqualTo(2 * Double.MIN_VALUE);
    assertThat(ExactSum.of(5 * Double.MIN_VALUE).dividedBy(two)).isEqualTo(2 * Double.MIN_VALUE);
  }

  @Test
  void whatIsTooLargeForADoubleIsInfinite() {
    ExactSum twice = ExactSum.of(-Double.MAX_VALUE).plus(ExactSum.of(-Double.MAX_VALUE));

    assertThat(twice.dividedBy(BigInteger.ONE)).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(twice.dividedBy(BigInteger.TWO)).isEqualTo(-Double.MAX_VALUE);
  }

  @Property(tries = 500)
  void quotientsAreThoseOfDecimals(
      @ForAll long a, @ForAll long b, @ForAll @IntRange(min = 1) int divisor) {
    double x = finite(a);
    double y = finite(b);
    BigDecimal exact =
        new BigDecimal(x).add(new BigDecimal(y)).divide(BigDecimal.valueOf(divisor), DIGITS);

    double actual = ExactSum.of(x).plus(ExactSum.of(y)).dividedBy(BigInteger.valueOf(divisor));

    assertThat(actual).isEqualTo(exact.doubleValue());
  }

  /** Doubles of all exponents, by their bits. */
  private static double finite(long bits) {
    double value = Double.longBitsToDouble(bits);
    return Double.isFinite(value) ? value : 1.0 / bits;
  }

  @Property(tries = 200)
  void orderDoesNotMatterAndNegationTakesOut(@ForAll long[] bits) {
    ExactSum forth = ExactSum.ZERO;
    ExactSum back = ExactSum.ZERO;
    for (int i = 0; i < bits.length; i++) {
      forth = forth.plus(ExactSum.of(finite(bits[i])).squared());
      back = back.plus(ExactSum.of(finite(bits[bits.length - 1 - i])).squared());
    }
    assertThat(forth).isEqualTo(back).hasSameHashCodeAs(back);

    ExactSum left =
        Arrays.stream(bits)
            .mapToObj(bit -> ExactSum.of(finite(bit)).squared().negated())
            .reduce(forth, ExactSum::plus);
    assertThat(left).isEqualTo(ExactSum.ZERO);
  }
}
