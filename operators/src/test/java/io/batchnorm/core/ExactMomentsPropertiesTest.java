package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.MathContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class ExactMomentsPropertiesTest {
  private static final int TRIES = 200;

  /** Holds the square of the smallest double beside that of the largest. */
  private static final MathContext ALL_DIGITS = new MathContext(3000);

  @Property(tries = TRIES)
  void isTheTruthToTheLastBitUpToOffsetsOf1e12(
      @ForAll @IntRange(min = 0, max = 12) int power,
      @ForAll @IntRange(min = 0, max = 300) int rows,
      @ForAll long seed) {
    List<Double> values = values(seed, rows, Math.pow(10, power));

    assertIsTheTruth(merged(values), TwoPass.of(values));
  }

  @Property(tries = 50)
  void isTheTruthOfDoublesOfAnySize(@ForAll @Size(max = 12) List<Long> bits) {
    List<Double> values =
        bits.stream().map(Double::longBitsToDouble).filter(Double::isFinite).toList();

    assertIsTheTruth(merged(values), TwoPass.of(values, ALL_DIGITS));
  }

  @Property(tries = TRIES)
  void orderOfMergesDoesNotMatter(
      @ForAll @IntRange(min = 1, max = 200) int rows, @ForAll long seed) {
    List<ExactMoments> parts = new ArrayList<>(parts(values(seed, rows, 1e12)));
    ExactMoments inOrder = parts.stream().reduce(ExactMoments.EMPTY, ExactMoments::plus);
    Random random = new Random(seed);
    while (parts.size() > 1) {
      ExactMoments one = parts.remove(random.nextInt(parts.size()));
      int at = random.nextInt(parts.size());
      parts.set(at, parts.get(at).plus(one));
    }

    assertThat(parts.get(0)).isEqualTo(inOrder);
  }

  @Property(tries = TRIES)
  void retractionsInAnyOrderLeaveWhatWasNotRetracted(
      @ForAll @IntRange(min = 1, max = 100) int kept,
      @ForAll @IntRange(min = 0, max = 100) int passing,
      @ForAll long seed) {
    List<ExactMoments> stays = parts(values(seed, kept, 1e12));
    List<ExactMoments> passes = parts(values(~seed, passing, 1e15));
    List<ExactMoments> all = new ArrayList<>(stays);
    all.addAll(passes);
    passes.forEach(part -> all.add(part.negated()));
    Collections.shuffle(all, new Random(seed));

    ExactMoments left = all.stream().reduce(ExactMoments.EMPTY, ExactMoments::plus);

    assertThat(left).isEqualTo(stays.stream().reduce(ExactMoments.EMPTY, ExactMoments::plus));
    assertThat(left.plus(left.negated())).isEqualTo(ExactMoments.EMPTY);
  }

  private static List<ExactMoments> parts(List<Double> values) {
    return values.stream().map(value -> ExactMoments.of(ExactChannel.of(value))).toList();
  }

  private static ExactChannel merged(List<Double> values) {
    return parts(values).stream().reduce(ExactMoments.EMPTY, ExactMoments::plus).channel(0);
  }

  private static List<Double> values(long seed, int rows, double offset) {
    Random random = new Random(seed);
    double spread = Math.pow(10, random.nextInt(8) - 4);
    return random.doubles(rows).mapToObj(value -> offset + spread * value).toList();
  }

  private static void assertIsTheTruth(ExactChannel actual, TwoPass truth) {
    assertThat(actual.count()).isEqualTo(truth.count());
    assertThat(actual.mean()).isEqualTo(orNaN(truth.mean()));
    assertThat(actual.m2()).isEqualTo(orNaN(truth.m2()));
    assertThat(actual.biasedVar()).isEqualTo(orNaN(truth.varPop()));
    assertThat(actual.unbiasedVar()).isEqualTo(orNaN(truth.varSamp()));
  }

  private static Double orNaN(Double value) {
    return value == null ? Double.NaN : value;
  }
}
