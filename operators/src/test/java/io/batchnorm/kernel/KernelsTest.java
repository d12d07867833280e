package io.batchnorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What all kernels do, to the bit. */
@ParameterizedClass(name = "{0}")
@MethodSource("everyKernels")
class KernelsTest {
  private static final int[] PLANES = {1, 2, 3, 7, 8, 9, 15, 16, 17, 49, 1023, 1024, 1025, 2500};

  @Parameter private Kernels kernels;

  static List<Kernels> everyKernels() {
    return EveryKernels.all();
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
    float[] x = RandomValues.floats(3000 * 3, 1);
    x[at * 3 + 1] = Float.NaN;
    double[] mean = new double[3];
    double[] m2 = new double[3];

    kernels.moments(x, 3000, 3, 1, mean, m2);

    assertThat(mean[1]).isNaN();
    assertThat(m2[1]).isNaN();
    assertThat(new double[] {mean[0], mean[2], m2[0], m2[2]}).doesNotContain(Double.NaN);
  }

  /**
   * First and last values of planes, which registers reach over, in the first and last channels.
   */
  @ParameterizedTest
  @CsvSource({"0, 0", "0, 48", "1, 0", "1, 48", "68, 0", "68, 48", "69, 0", "69, 48"})
  void nanOfAPlaneLeavesItsNeighboursTheirBits(int channel, int at) {
    int channels = 70;
    float[] x = RandomValues.floats(30 * channels * 49, 1);
    double[][] before = {new double[channels], new double[channels]};
    kernels.moments(x, 30, channels, 49, before[0], before[1]);
    x[(17 * channels + channel) * 49 + at] = Float.NaN;
    double[][] after = {new double[channels], new double[channels]};

    kernels.moments(x, 30, channels, 49, after[0], after[1]);

    assertThat(after[0][channel]).isNaN();
    assertThat(after[1][channel]).isNaN();
    after[0][channel] = before[0][channel];
    after[1][channel] = before[1][channel];
    assertThat(after).isDeepEqualTo(before);
  }

  /** Positions in the same and in different blocks, one infinity or several of one sign. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1500", "2999", "0,1", "0,1500", "10,1500,2999", "1100,2100"})
  void infinityGivesAMeanOfThatInfinity(String positions) {
    for (float infinity : new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      float[] x = RandomValues.floats(3000, 2);
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
    float[] x = RandomValues.floats(3000, 3);
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
  void normalizesEveryValueInDouble(int plane) {
    int channels = 17;
    float[] x = RandomValues.floats(3 * channels * plane, 4);
    double[] center = RandomValues.doubles(channels, 5);
    double[] scale = RandomValues.doubles(channels, 6);
    double[] shift = RandomValues.doubles(channels, 7);
    float[] y = new float[x.length];

    kernels.normalize(x, 3, channels, plane, center, scale, shift, y);

    for (int i = 0; i < x.length; i++) {
      int c = i / plane % channels;
      assertThat(y[i]).isEqualTo((float) Math.fma(x[i] - center[c], scale[c], shift[c]));
    }
  }

  /** Values for which a rounded product and the shift give 0: what is left is what was rounded. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 16, 17, 49})
  void theProductIsNotRoundedBeforeTheShiftIsAdded(int plane) {
    float[] x = new float[9 * 17 * plane];
    Arrays.fill(x, 0.1f);
    double[] center = RandomValues.doubles(17, 5);
    double[] scale = RandomValues.doubles(17, 6);
    double[] shift = new double[17];
    Arrays.setAll(shift, c -> -((0.1f - center[c]) * scale[c]));
    float[] y = new float[x.length];

    kernels.normalize(x, 9, 17, plane, center, scale, shift, y);

    for (int i = 0; i < x.length; i++) {
      int c = i / plane % 17;
      BigDecimal product = new BigDecimal(0.1f - center[c]).multiply(new BigDecimal(scale[c]));
      assertThat(y[i]).isEqualTo(product.add(new BigDecimal(shift[c])).floatValue()).isNotZero();
    }
  }

  /** Every channel another choice of signs. */
  @ParameterizedTest
  @ValueSource(ints = {1, 5, 40})
  void zerosHaveTheSignOfTheFormula(int plane) {
    float[] x = new float[2 * 16 * plane];
    double[] center = new double[16];
    double[] scale = new double[16];
    double[] shift = new double[16];
    float[] expected = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      int c = i / plane % 16;
      x[i] = (c & 1) == 0 ? 0f : -0f;
      center[c] = (c & 2) == 0 ? 0.0 : -0.0;
      scale[c] = (c & 4) == 0 ? 1 : -1;
      shift[c] = (c & 8) == 0 ? 0.0 : -0.0;
      expected[i] = (float) Math.fma(x[i] - center[c], scale[c], shift[c]);
    }
    float[] y = new float[x.length];

    kernels.normalize(x, 2, 16, plane, center, scale, shift, y);

    assertThat(y).isEqualTo(expected);
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
    float[] x = RandomValues.floats(4 * 3 * plane, 8);
    float[] y = new float[x.length];
    double[] center = RandomValues.doubles(3, 9);
    double[] scale = RandomValues.doubles(3, 10);
    double[] shift = RandomValues.doubles(3, 11);
    kernels.normalize(x, 4, 3, plane, center, scale, shift, y);

    kernels.normalize(x, 4, 3, plane, center, scale, shift, x);

    assertThat(x).isEqualTo(y);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void findsTheFirstOfSeveralNonFiniteValues(float bad) {
    for (int length : new int[] {99, 2500}) {
      for (int at = 0; at < length; at++) {
        float[] x = RandomValues.floats(length, 12);
        x[at] = bad;
        x[length - 1] = Float.NaN;

        assertThat(kernels.firstNonFinite(x)).isEqualTo(at);
      }
    }
  }

  @Test
  void findsNoNonFiniteValueAmongFiniteOnes() {
    float[] extremes = {Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, -0f};
    float[] many = new float[4096];
    for (int i = 0; i < many.length; i++) {
      many[i] = extremes[i / 1000 % extremes.length];
    }

    assertThat(kernels.firstNonFinite(new float[0])).isEqualTo(-1);
    assertThat(kernels.firstNonFinite(extremes)).isEqualTo(-1);
    assertThat(kernels.firstNonFinite(many)).isEqualTo(-1);
  }

  /** Every place of a plane that registers fit exactly, and of planes one shorter and longer. */
  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void tellsWhichPlaneHasTheFirstOfSeveralNonFiniteValues(float bad) {
    for (int plane : new int[] {1, 63, 64, 65, 127, 128, 129}) {
      for (int at = 0; at < 5 * plane; at++) {
        float[] x = RandomValues.floats(6 * plane, 13);
        x[at] = bad;
        x[5 * plane] = -bad;

        assertThat(normalizeFinite(x, 3, 2, plane, 0.5)).isEqualTo(at / plane);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16, 64, 100, 1024})
  void infinitiesThatMeetZerosOrEachOtherAreTold(int plane) {
    for (int step : new int[] {1, plane}) {
      float[] x = new float[2 * 2 * plane];
      for (int i = plane; i < 2 * plane; i += step) {
        x[i] = i % 2 == 0 ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY;
      }

      assertThat(normalizeFinite(x, 2, 2, plane, 0)).isEqualTo(1);
    }
  }

  /** Of a channel without spread y overflows, of centers near the end of double's range d does. */
  @ParameterizedTest
  @ValueSource(
      doubles = {0, -3e38, 1e100, -1.1e100, 1e154, 1e200, Double.MAX_VALUE, 1.0 / 0, 0.0 / 0})
  void finiteValuesAreNotToldWhateverBecomesOfThem(double center) {
    for (int plane : new int[] {1, 16, 64, 100, 1024}) {
      float[] x = new float[3 * 2 * plane];
      for (int i = 0; i < x.length; i++) {
        x[i] = i % 3 == 0 ? -Float.MAX_VALUE : Float.MAX_VALUE;
      }
      float[] expected = new float[x.length];
      kernels.normalize(x, 3, 2, plane, both(center), both(1e30), both(0), expected);

      assertThat(normalizeFinite(x, 3, 2, plane, center)).isEqualTo(-1);
      assertThat(x).isEqualTo(expected);
    }
  }

  @Test
  void noValuesAreFinite() {
    assertThat(normalizeFinite(new float[0], 0, 2, 64, 0)).isEqualTo(-1);
    assertThat(normalizeFinite(new float[0], 3, 2, 0, 0)).isEqualTo(-1);
  }

  private int normalizeFinite(float[] x, int batch, int channels, int plane, double center) {
    return kernels.normalizeFinite(x, batch, channels, plane, both(center), both(1e30), both(0), x);
  }

  private static double[] both(double value) {
    return new double[] {value, value};
  }
}
