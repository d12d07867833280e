package io.batchnorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernels of this process; run it once per setting of {@code -Dbatchnorm.kernels}. */
class KernelsTest {
  private static final int[] PLANES = {1, 2, 3, 7, 15, 16, 17, 49, 1023, 1024, 1025, 5000};
  private static final int[] BATCHES = {1, 2, 3, 1023, 1024, 1025, 2049};
  private static final int[] CHANNELS = {1, 2, 15, 16, 17, 33};

  /** Keeps the product of three large sizes out. */
  private static final int MAX_VALUES = 1_200_000;

  private final Kernels kernels = KernelProvider.kernels();

  @ParameterizedTest(name = "plane {0}, batch {1}")
  @MethodSource("planesAndBatches")
  void addsInTheDocumentedOrderToTheBit(int plane, int batch) {
    for (int channels : CHANNELS) {
      if ((long) plane * batch * channels > MAX_VALUES && channels > 2) {
        continue;
      }
      float[] x = random(plane * batch * channels, channels);
      double[] mean = new double[channels];
      double[] m2 = new double[channels];

      kernels.moments(x, batch, channels, plane, mean, m2);

      for (int c = 0; c < channels; c++) {
        DocumentedOrder expected = DocumentedOrder.of(channel(x, batch, channels, plane, c));
        assertThat(mean[c]).isEqualTo(expected.mean());
        assertThat(m2[c]).isEqualTo(expected.m2());
      }
    }
  }

  static Stream<Arguments> planesAndBatches() {
    return IntStream.of(PLANES)
        .boxed()
        .flatMap(p -> IntStream.of(BATCHES).mapToObj(b -> Arguments.of(p, b)))
        .filter(a -> (long) (int) a.get()[0] * (int) a.get()[1] <= 6_000_000);
  }

  @Test
  void overwritesWhatTheResultArraysHeld() {
    double[] mean = {7, 7, 7};
    double[] m2 = {8, 8, 8};

    kernels.moments(new float[] {1, 2, 3, 4}, 2, 2, 1, mean, m2);

    assertThat(mean).containsExactly(2, 3, 7);
    assertThat(m2).containsExactly(2, 2, 8);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4})
  void noValuesGiveMeanAndM2Zero(int plane) {
    double[] mean = {7, 7};
    double[] m2 = {8, 8};

    kernels.moments(new float[0], 0, 2, plane, mean, m2);

    assertThat(mean).containsExactly(0, 0);
    assertThat(m2).containsExactly(0, 0);
  }

  @ParameterizedTest
  @ValueSource(floats = {0, 0.1f, -3.3e7f, Float.MAX_VALUE, Float.MIN_VALUE})
  void equalValuesHaveThatMeanAndM2ZeroExactly(float value) {
    for (int plane : PLANES) {
      float[] x = new float[3 * 2 * plane];
      Arrays.fill(x, value);
      double[] mean = new double[2];
      double[] m2 = new double[2];

      kernels.moments(x, 3, 2, plane, mean, m2);

      assertThat(mean).containsOnly(value);
      assertThat(m2).containsOnly(0);
    }
  }

  @Test
  void largestFloatsDoNotOverflow() {
    double[] mean = new double[1];
    double[] m2 = new double[1];
    double max = Float.MAX_VALUE;

    kernels.moments(new float[] {Float.MAX_VALUE, -Float.MAX_VALUE}, 2, 1, 1, mean, m2);

    assertThat(mean).containsExactly(0);
    assertThat(m2).containsExactly(2 * max * max);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1000, 1500, 2999})
  void nanStaysInItsOwnChannel(int at) {
    float[] x = random(3000 * 3, 1);
    x[at * 3 + 1] = Float.NaN;
    double[] mean = new double[3];
    double[] m2 = new double[3];

    kernels.moments(x, 3000, 3, 1, mean, m2);

    assertThat(mean[1]).isNaN();
    assertThat(m2[1]).isNaN();
    assertThat(new double[] {mean[0], mean[2], m2[0], m2[2]}).doesNotContain(Double.NaN);
  }

  /** Positions in the same and in different blocks, one infinity or several of one sign. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1500", "2999", "0,1", "0,1500", "10,1500,2999", "1100,2100"})
  void infinityGivesAMeanOfThatInfinity(String positions) {
    for (float infinity : new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      float[] x = random(3000, 2);
      for (String at : positions.split(",", -1)) {
        x[Integer.parseInt(at)] = infinity;
      }
      double[] mean = new double[1];
      double[] m2 = new double[1];

      kernels.moments(x, 1, 1, 3000, mean, m2);

      assertThat(mean[0]).isEqualTo(infinity);
      assertThat(m2[0]).isNaN();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 20, 1500, 2999})
  void infinitiesOfBothSignsGiveNan(int at) {
    float[] x = random(3000, 3);
    x[0] = Float.POSITIVE_INFINITY;
    x[at] = Float.NEGATIVE_INFINITY;
    double[] mean = new double[1];
    double[] m2 = new double[1];

    kernels.moments(x, 1, 1, 3000, mean, m2);

    assertThat(mean[0]).isNaN();
    assertThat(m2[0]).isNaN();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 16, 17, 49})
  void normalizesEveryValueInDoubleAndRoundsOnce(int plane) {
    int channels = 17;
    float[] x = random(3 * channels * plane, 4);
    double[] center = doubles(channels, 5);
    double[] scale = doubles(channels, 6);
    double[] shift = doubles(channels, 7);
    float[] y = new float[x.length];

    kernels.normalize(x, 3, channels, plane, center, scale, shift, y);

    for (int i = 0; i < x.length; i++) {
      int c = i / plane % channels;
      assertThat(y[i]).isEqualTo((float) ((x[i] - center[c]) * scale[c] + shift[c]));
    }
  }

  /** Fused to {@code x * scale + (shift - center * scale)} it would be off by 1e-4. */
  @ParameterizedTest
  @ValueSource(ints = {1, 5})
  void valueAtTheCenterGivesTheShiftExactly(int plane) {
    float[] x = new float[2 * plane];
    Arrays.fill(x, 0.1f);
    float[] y = new float[x.length];
    double[] shift = {0.7f};

    kernels.normalize(x, 2, 1, plane, new double[] {0.1f}, new double[] {1e13 / 3}, shift, y);

    assertThat(y).containsOnly(0.7f);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5})
  void normalizesInPlaceToTheSameBits(int plane) {
    float[] x = random(4 * 3 * plane, 8);
    float[] y = new float[x.length];
    double[] center = doubles(3, 9);
    double[] scale = doubles(3, 10);
    double[] shift = doubles(3, 11);
    kernels.normalize(x, 4, 3, plane, center, scale, shift, y);

    kernels.normalize(x, 4, 3, plane, center, scale, shift, x);

    assertThat(x).isEqualTo(y);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void findsTheFirstOfSeveralNonFiniteValues(float bad) {
    for (int at : new int[] {0, 1, 15, 16, 17, 98}) {
      float[] x = random(99, 12);
      x[at] = bad;
      x[98] = Float.NaN;

      assertThat(kernels.firstNonFinite(x)).isEqualTo(at);
    }
  }

  @Test
  void findsNoNonFiniteValueAmongFiniteOnes() {
    float[] extremes = {Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, -0f};

    assertThat(kernels.firstNonFinite(new float[0])).isEqualTo(-1);
    assertThat(kernels.firstNonFinite(extremes)).isEqualTo(-1);
  }

  private static float[] channel(float[] x, int batch, int channels, int plane, int c) {
    float[] sequence = new float[batch * plane];
    for (int n = 0; n < batch; n++) {
      System.arraycopy(x, (n * channels + c) * plane, sequence, n * plane, plane);
    }
    return sequence;
  }

  /**
   * Magnitudes over many binary orders, so that every order of addition rounds differently, and a
   * mean that grows, so that the blocks' means are as far apart as their values.
   */
  private static float[] random(int length, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      double drift = 1 + i / 1024.0;
      values[i] = (float) (drift * Math.scalb(random.nextDouble() - 0.3, random.nextInt(60) - 30));
    }
    return values;
  }

  private static double[] doubles(int length, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return IntStream.range(0, length).mapToDouble(i -> 4 * random.nextDouble() - 2).toArray();
  }
}
