package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class MomentsPropertiesTest {
  private static final int TRIES = 200;

  @Property(tries = TRIES)
  void mergeEqualsAddingAllValues(
      @ForAll @IntRange(min = 1, max = 2500) int left,
      @ForAll @IntRange(min = 1, max = 2500) int right,
      @ForAll long seed) {
    FeatureMap x = Maps.random(seed, left + right, 2);

    Moments merged =
        Moments.of(Maps.rows(x, 0, left)).merge(Moments.of(Maps.rows(x, left, left + right)));

    assertIsTheTruth(merged, x, 1);
  }

  @Property(tries = TRIES)
  void orderOfMergeDoesNotMatterBeyondRounding(
      @ForAll List<@IntRange(min = 0, max = 300) Integer> sizes, @ForAll long seed) {
    int rows = sizes.stream().mapToInt(Integer::intValue).sum();
    FeatureMap x = Maps.random(seed, rows + 1, 2);
    List<Moments> parts = new ArrayList<>(List.of(Moments.of(Maps.rows(x, rows, rows + 1))));
    int from = 0;
    for (int size : sizes) {
      parts.add(Moments.of(Maps.rows(x, from, from + size)));
      from += size;
    }
    Collections.shuffle(parts, new Random(seed));

    Moments merged = parts.stream().reduce(Moments.empty(2), Moments::merge);

    assertIsTheTruth(merged, x, parts.size());
  }

  @Property(tries = TRIES)
  void mergeWithEmptyIsExactOnBothSides(
      @ForAll @IntRange(min = 1, max = 50) int rows, @ForAll long seed) {
    Moments moments = Moments.of(Maps.random(seed, rows, 3));

    assertThat(moments.merge(Moments.empty(3))).isEqualTo(moments);
    assertThat(Moments.empty(3).merge(moments)).isEqualTo(moments);
  }

  /** Blocks of 1024 are merged in order anyway, so doing so by hand changes no bit. */
  @Property(tries = TRIES)
  void mergingBlockByBlockInOrderGivesTheBitsOfTheWhole(
      @ForAll @IntRange(min = 1, max = 5000) int rows, @ForAll long seed) {
    FeatureMap x = Maps.random(seed, rows, 2);

    Moments merged = Moments.empty(2);
    for (int from = 0; from < rows; from += 1024) {
      merged = merged.merge(Moments.of(Maps.rows(x, from, Math.min(from + 1024, rows))));
    }

    assertThat(merged).isEqualTo(Moments.of(x));
  }

  /**
   * Against 60 decimal digits. With u = 2^-53: a sum of 64 values and its folds err by 70 u max|x|
   * in the mean, and every merge adds some u; an error e of a mean or of a delta puts 2 e sqrt(n
   * M2) + n e^2 into M2.
   */
  private static void assertIsTheTruth(Moments actual, FeatureMap x, int merges) {
    assertThat(actual.count()).isEqualTo(x.batchSize());
    for (int c = 0; c < x.numFeatures(); c++) {
      float[] values = Reference.channel(x, c);
      double[] exact = Reference.exactMoments(values);
      double e = (70 + 4 * merges) * 0x1p-53 * Reference.maxAbs(values);
      double n = values.length;
      double m2Bound = 2 * e * Math.sqrt(n * exact[1]) + n * e * e + 128 * 0x1p-53 * exact[1];

      assertThat(actual.mean(c)).isCloseTo(exact[0], within(e));
      assertThat(actual.m2(c)).isCloseTo(exact[1], within(m2Bound));
    }
  }
}
