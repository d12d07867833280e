package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureMapTest {
  @Test
  void knowsItsSizes() {
    FeatureMap x = FeatureMap.of(new float[2 * 3 * 4 * 5], 2, 3, 4, 5);

    assertThat(x.rank()).isEqualTo(4);
    assertThat(x.shape()).containsExactly(2, 3, 4, 5);
    assertThat(x.batchSize()).isEqualTo(2);
    assertThat(x.numFeatures()).isEqualTo(3);
    assertThat(x.spatialSize()).isEqualTo(20);
    assertThat(x.valuesPerChannel()).isEqualTo(40);
  }

  @Test
  void rowsOfPlainFeaturesHaveOneValuePerSampleAndChannel() {
    FeatureMap x = FeatureMap.of(new float[6], 3, 2);

    assertThat(x.spatialSize()).isEqualTo(1);
    assertThat(x.valuesPerChannel()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5})
  void takesRanksTwoToFive(int rank) {
    int[] shape = new int[rank];
    Arrays.fill(shape, 1);

    assertThat(FeatureMap.of(new float[1], shape).rank()).isEqualTo(rank);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 6, 7})
  void refusesOtherRanksAndListsTheShapesItTakes(int rank) {
    int[] shape = new int[rank];
    Arrays.fill(shape, 1);

    assertRejected(
        RejectionReason.WRONG_RANK,
        "(N, C), (N, C, L), (N, C, H, W) or (N, C, D, H, W)",
        () -> FeatureMap.of(new float[1], shape));
  }

  @Test
  void takesOverItsValuesAndCopiesItsShape() {
    float[] values = {1, 2};
    int[] shape = {1, 2};

    FeatureMap x = FeatureMap.of(values, shape);
    shape[0] = 9;
    x.shape()[1] = 9;

    assertThat(x.values()).isSameAs(values);
    assertThat(x.shape()).containsExactly(1, 2);
  }

  @Test
  void refusesAShapeThatDoesNotFitTheValues() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FeatureMap.of(new float[5], 2, 3))
        .withMessage("shape [2, 3] wants 6 values, got 5");
  }

  @Test
  void refusesNegativeSizesEvenIfTheirProductFits() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FeatureMap.of(new float[6], -2, -3))
        .withMessageContaining("[-2, -3] has a negative size");
  }

  @Test
  void sizesMayBeZero() {
    assertThat(FeatureMap.of(new float[0], 0, 3).valuesPerChannel()).isZero();
    assertThat(FeatureMap.of(new float[0], 2, 0, 4).numFeatures()).isZero();
    assertThat(FeatureMap.of(new float[0], 2, 3, 0).valuesPerChannel()).isZero();
    assertThat(FeatureMap.of(new float[0], 1 << 30, 1 << 30, 1 << 30, 1 << 30, 0).rank())
        .isEqualTo(5);
  }

  @Test
  void refusesMoreValuesThanAllowedBeforeLookingAtTheArray() {
    assertThat(FeatureMap.MAX_VALUES).isEqualTo(268_435_456);
    assertRejected(
        RejectionReason.TOO_LARGE,
        "has 268435457 values, at most 268435456",
        () -> FeatureMap.of(new float[0], 1, FeatureMap.MAX_VALUES + 1));
  }

  /** The products wrap to 0, 1 and -2^31 in int, and the first to 0 in long. */
  @Test
  void refusesShapesWhoseProductOverflows() {
    assertRejected(
        RejectionReason.TOO_LARGE,
        "split the batch along N",
        () -> FeatureMap.of(new float[0], 1 << 16, 1 << 16, 1 << 16, 1 << 16));
    assertRejected(
        RejectionReason.TOO_LARGE,
        "split the batch along N",
        () -> FeatureMap.of(new float[1], 641, 6_700_417));
    assertRejected(
        RejectionReason.TOO_LARGE,
        "split the batch along N",
        () -> FeatureMap.of(new float[0], 1 << 15, 1 << 16));
    assertRejected(
        RejectionReason.TOO_LARGE,
        "split the batch along N",
        () ->
            FeatureMap.of(
                new float[0],
                Integer.MAX_VALUE,
                Integer.MAX_VALUE,
                Integer.MAX_VALUE,
                Integer.MAX_VALUE,
                Integer.MAX_VALUE));
  }

  @Test
  void stacksSamplesInTheirOrder() {
    FeatureMap first = FeatureMap.of(new float[] {1, 2, 3, 4}, 2, 1, 2);
    FeatureMap second = FeatureMap.of(new float[] {5, 6}, 1, 1, 2);

    FeatureMap stacked = FeatureMap.stack(List.of(first, second));

    assertThat(stacked).isEqualTo(FeatureMap.of(new float[] {1, 2, 3, 4, 5, 6}, 3, 1, 2));
  }

  @Test
  void stacksNoValuesToNoValues() {
    FeatureMap empty = FeatureMap.of(new float[0], 2, 3, 0);

    assertThat(FeatureMap.stack(List.of(empty, empty)))
        .isEqualTo(FeatureMap.of(new float[0], 4, 3, 0));
  }

  @Test
  void refusesToStackNothingOrOtherShapes() {
    FeatureMap x = FeatureMap.of(new float[6], 1, 2, 3);
    FeatureMap y = FeatureMap.of(new float[6], 1, 3, 2);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> FeatureMap.stack(List.of()))
        .withMessage("nothing to stack");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FeatureMap.stack(List.of(x, y)))
        .withMessageContaining("FeatureMap[1, 3, 2] on FeatureMap[1, 2, 3]");
  }

  /** 257 and 2048 times 2^20 values: more than allowed, and more than an int counts. */
  @ParameterizedTest
  @ValueSource(ints = {257, 2048})
  void refusesToStackMoreThanAllowedBeforeAllocatingIt(int copies) {
    FeatureMap large = FeatureMap.of(new float[1 << 20], 1 << 20, 1);

    assertRejected(
        RejectionReason.TOO_LARGE,
        "a stack of %d maps like FeatureMap[1048576, 1]".formatted(copies),
        () -> FeatureMap.stack(Collections.nCopies(copies, large)));
  }

  @Test
  void givesEverySampleBackAfterStacking() {
    FeatureMap x = Maps.random(1, 3, 2, 4);

    assertThat(x.sample(1)).isEqualTo(Maps.rows(x, 1, 2));
    assertThat(FeatureMap.stack(List.of(x.sample(0), x.sample(1), x.sample(2)))).isEqualTo(x);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 2, 3})
  void hasNoSampleOutsideTheBatch(int n) {
    FeatureMap x = FeatureMap.of(new float[4], 2, 2);

    assertThatExceptionOfType(IndexOutOfBoundsException.class).isThrownBy(() -> x.sample(n));
  }

  @Test
  void sampleShapeIsAllSizesButN() {
    FeatureMap x = FeatureMap.of(new float[6], 1, 2, 3);

    assertThat(x.sameSampleShape(FeatureMap.of(new float[12], 2, 2, 3))).isTrue();
    assertThat(x.sameSampleShape(FeatureMap.of(new float[6], 1, 3, 2))).isFalse();
    assertThat(x.sameSampleShape(FeatureMap.of(new float[6], 1, 6))).isFalse();
    assertThat(x.sameSampleShape(FeatureMap.of(new float[6], 1, 2, 3, 1))).isFalse();
  }

  @Test
  void equalsByShapeAndBits() {
    FeatureMap x = FeatureMap.of(new float[] {0, Float.NaN}, 1, 2);

    assertThat(x)
        .isEqualTo(FeatureMap.of(new float[] {0, Float.NaN}, 1, 2))
        .hasSameHashCodeAs(FeatureMap.of(new float[] {0, Float.NaN}, 1, 2))
        .isNotEqualTo(FeatureMap.of(new float[] {-0f, Float.NaN}, 1, 2))
        .isNotEqualTo(FeatureMap.of(new float[] {0, Float.NaN}, 2, 1))
        .hasToString("FeatureMap[1, 2]");
  }

  @Test
  void saysWhichSampleAndChannelIsNotFinite() {
    FeatureMap x = Maps.filled(1, 2, 3, 4);
    x.checkFinite();
    x.values()[1 * 12 + 2 * 4 + 3] = Float.NEGATIVE_INFINITY;

    assertRejected(
        RejectionReason.NON_FINITE,
        "[2, 3, 4] has -Infinity in sample 1, channel 2",
        x::checkFinite);
  }

  @Test
  void saysThatItIsEmpty() {
    FeatureMap.of(new float[1], 1, 1).checkNotEmpty();

    assertRejected(
        RejectionReason.EMPTY_BATCH,
        "[0, 3] has no values",
        FeatureMap.of(new float[0], 0, 3)::checkNotEmpty);
  }

  private static void assertRejected(
      RejectionReason reason, String message, ThrowingCallable action) {
    assertThatExceptionOfType(InvalidBatchException.class)
        .isThrownBy(action)
        .withMessageContaining(message)
        .satisfies(e -> assertThat(e.reason()).isEqualTo(reason));
  }
}
