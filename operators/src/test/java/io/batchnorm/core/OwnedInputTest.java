package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class OwnedInputTest {
  private static final BatchNormConfig CONFIG = BatchNormConfig.defaults();
  private static final RunningStatistics LEARNED =
      RunningStatistics.of(1, 100, new double[2], new double[] {1, 1});

  @Property(tries = 200)
  void normalizedValuesAreWrittenOverAnOwnedInputWithTheSameBits(
      @ForAll @IntRange(min = 2, max = 40) int n,
      @ForAll @IntRange(min = 1, max = 20) int c,
      @ForAll @IntRange(min = 1, max = 70) int plane,
      @ForAll boolean frozen) {
    FeatureMap x = sines(n, c, plane);
    FeatureMap owned = FeatureMap.of(x.values().clone(), x.shape());
    LayerState state =
        new Layer(CONFIG, Mode.TRAIN).apply(sines(n + 1, c, plane), LayerState.NEW).next();
    LayerState before = frozen ? state.freeze() : state;

    Step expected = new Layer(CONFIG, Mode.TRAIN).apply(x, before);
    Step step = new Layer(CONFIG, Mode.TRAIN, true).apply(owned, before);

    assertThat(step).isEqualTo(expected);
    assertThat(step.y().values()).isSameAs(owned.values());
    assertThat(x).as("an input that is not owned").isEqualTo(sines(n, c, plane));
  }

  @Test
  void whatIsNotLearnedKeepsItsValuesThoughOwned() {
    float[] values = sines(8, 2, 100).values().clone();
    values[values.length - 1] = Float.NaN;
    FeatureMap x = FeatureMap.of(values.clone(), 8, 2, 100);

    assertThatExceptionOfType(InvalidBatchException.class)
        .isThrownBy(() -> new BatchNorm(CONFIG, true).train(x, RunningStatistics.initial(2)));
    assertThat(Arrays.equals(x.values(), values)).isTrue();
  }

  /** It may be written over, so that what it was cannot be told. */
  @Test
  void evalTellsOfAnOwnedInputInWhichSampleAndChannelItIsNotFinite() {
    for (int plane : new int[] {64, 100}) {
      assertRefused(true, plane, "NaN or infinity");
    }
  }

  @Test
  void evalTellsOfShortPlanesWhatTheyHaveThoughOwned() {
    for (int plane : new int[] {1, 63}) {
      assertRefused(true, plane, "-Infinity");
    }
  }

  @Test
  void evalTellsOfAnInputThatIsNotOwnedWhatItHasAndLeavesIt() {
    for (int plane : new int[] {1, 63, 64, 100}) {
      FeatureMap refused = assertRefused(false, plane, "-Infinity");
      assertThat(refused).isEqualTo(infinite(plane));
    }
  }

  private static FeatureMap assertRefused(boolean owned, int plane, String value) {
    FeatureMap x = infinite(plane);
    assertThatExceptionOfType(InvalidBatchException.class)
        .isThrownBy(() -> new BatchNorm(CONFIG, owned).eval(x, LEARNED))
        .withMessageStartingWith(
            "input [8, 2, %d] has %s in sample 7, channel 1, wanted", plane, value)
        .matches(e -> e.reason() == RejectionReason.NON_FINITE);
    return x;
  }

  private static FeatureMap infinite(int plane) {
    FeatureMap x = sines(8, 2, plane);
    x.values()[x.values().length - 1] = Float.NEGATIVE_INFINITY;
    return x;
  }

  private static FeatureMap sines(int n, int c, int plane) {
    float[] values = new float[n * c * plane];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (100 + 3 * Math.sin(1.7 * i));
    }
    return FeatureMap.of(values, n, c, plane);
  }
}
