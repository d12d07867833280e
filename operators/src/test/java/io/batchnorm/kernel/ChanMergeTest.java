package io.batchnorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ChanMergeTest {
  private static final double INFINITY = Double.POSITIVE_INFINITY;

  /** {1, 3} and {5, 7, 9}: means 2 and 7, M2 2 and 8; of all five 5 and 40. */
  @Test
  void joinsTwoSetsAsIfTheyWereOne() {
    double[] mean = {0, 2};
    double[] m2 = {0, 2};

    ChanMerge.add(mean, m2, 1, 2, 7, 8, 3);

    assertThat(mean).containsExactly(0, 5);
    assertThat(m2).containsExactly(0, 40);
  }

  @Test
  void addingToNothingGivesTheOtherExactly() {
    double[] mean = {0};
    double[] m2 = {0};

    ChanMerge.add(mean, m2, 0, 0, 0.1, 0.3, 7);

    assertThat(mean).containsExactly(0.1);
    assertThat(m2).containsExactly(0.3);
  }

  @Test
  void infinityStaysWhenFiniteValuesOrTheSameInfinityCome() {
    assertThat(mean(INFINITY, 1)).isEqualTo(INFINITY);
    assertThat(mean(1, INFINITY)).isEqualTo(INFINITY);
    assertThat(mean(INFINITY, INFINITY)).isEqualTo(INFINITY);
    assertThat(mean(-INFINITY, -INFINITY)).isEqualTo(-INFINITY);
  }

  @Test
  void oppositeInfinitiesAndNanGiveNan() {
    assertThat(mean(INFINITY, -INFINITY)).isNaN();
    assertThat(mean(Double.NaN, INFINITY)).isNaN();
    assertThat(mean(Double.NaN, 1)).isNaN();
    assertThat(mean(1, Double.NaN)).isNaN();
  }

  @Test
  void m2IsNanOnceAMeanIsInfinite() {
    double[] mean = {1};
    double[] m2 = {2};

    ChanMerge.add(mean, m2, 0, 5, INFINITY, Double.NaN, 5);

    assertThat(m2[0]).isNaN();
  }

  private static double mean(double a, double b) {
    double[] mean = {a};
    double[] m2 = {0};
    ChanMerge.add(mean, m2, 0, 5, b, 0, 5);
    return mean[0];
  }
}
