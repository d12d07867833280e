package io.batchnorm.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The plain kernels add in the documented order, and all others give the bits of the plain ones.
 */
class SameBitsTest {
  private static final int[] PLANES = {
    1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 41, 49, 64, 196, 505, 511, 512, 1023, 1024, 1025,
    2500
  };
  private static final int[] BATCHES = {1, 2, 3, 15, 16, 17, 25, 31, 33, 1023, 1024, 1025, 2049};
  private static final int[] CHANNELS = {
    1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 33, 64, 65, 129, 257, 515, 770
  };

  /** Keeps the product of three large sizes out. */
  private static final int MAX_VALUES = 150_000;

  private static final Kernels SCALAR = new ScalarKernels();

  @ParameterizedTest(name = "plane {0}, batch {1}")
  @MethodSource("planesAndBatches")
  void scalarAddsInTheDocumentedOrder(int plane, int batch) {
    int channels = 2;
    float[] x = RandomValues.floats(batch * channels * plane, plane + batch);

    Moments actual = Moments.by(SCALAR, x, batch, channels, plane);

    for (int c = 0; c < channels; c++) {
      DocumentedOrder expected = DocumentedOrder.of(channel(x, batch, channels, plane, c));
      assertThat(actual.mean[c]).isEqualTo(expected.mean());
      assertThat(actual.m2[c]).isEqualTo(expected.m2());
    }
  }

  @ParameterizedTest(name = "plane {0}, batch {1}")
  @MethodSource("planesAndBatches")
  void everyImplementationGivesTheBitsOfScalar(int plane, int batch) {
    for (int channels : CHANNELS) {
      if ((long) plane * batch * channels <= MAX_VALUES || channels <= 2) {
        assertAllAgree(
            RandomValues.floats(batch * channels * plane, channels), batch, channels, plane);
      }
    }
  }

  static Stream<Arguments> planesAndBatches() {
    return IntStream.of(PLANES)
        .boxed()
        .flatMap(p -> IntStream.of(BATCHES).mapToObj(b -> Arguments.of(p, b)))
        .filter(a -> (long) (int) a.get()[0] * (int) a.get()[1] <= 2 * MAX_VALUES);
  }

  @Property(tries = 500)
  void awkwardValuesInAnyShapeGiveTheBitsOfScalar(
      @ForAll @IntRange(min = 1, max = 70) int batch,
      @ForAll @IntRange(min = 1, max = 70) int channels,
      @ForAll @IntRange(min = 1, max = 70) int plane,
      @ForAll @IntRange(max = 9) int awkward,
      @ForAll long seed) {
    assertAllAgreeOnAwkward(batch, channels, plane, awkward, seed);
  }

  /** Registers reach into planes of other channels, whose values must leave no trace. */
  @Property(tries = 300)
  void awkwardValuesInLongerPlanesGiveTheBitsOfScalar(
      @ForAll @IntRange(min = 1, max = 40) int batch,
      @ForAll @IntRange(min = 1, max = 9) int channels,
      @ForAll @IntRange(min = 30, max = 600) int plane,
      @ForAll @IntRange(max = 3) int awkward,
      @ForAll long seed) {
    assertAllAgreeOnAwkward(batch, channels, plane, awkward, seed);
  }

  @Property(tries = 200)
  void awkwardValuesInManyRowsGiveTheBitsOfScalar(
      @ForAll @IntRange(min = 1, max = 3000) int batch,
      @ForAll @IntRange(min = 1, max = 40) int channels,
      @ForAll @IntRange(max = 9) int awkward,
      @ForAll long seed) {
    assertAllAgreeOnAwkward(batch, channels, 1, awkward, seed);
  }

  /** Every fourth row begins at the same place of a page; they are visited in another order. */
  @Property(tries = 60)
  void awkwardValuesInRowsOfWholeTilesGiveTheBitsOfScalar(
      @ForAll @IntRange(min = 1, max = 150) int batch,
      @ForAll @IntRange(min = 1, max = 4) int tiles,
      @ForAll @IntRange(max = 9) int awkward,
      @ForAll long seed) {
    assertAllAgreeOnAwkward(batch, tiles * 256, 1, awkward, seed);
  }

  @ParameterizedTest
  @ValueSource(ints = {31, 32, 33, 47, 48, 63, 64, 65, 1023, 1024, 1025, 1057, 2049})
  void anyNumberOfRowsOfWholeTilesGivesTheBitsOfScalar(int batch) {
    assertAllAgree(RandomValues.floats(batch * 256, batch), batch, 256, 1);
  }

  @Property(tries = 150)
  void awkwardValuesInLongRowsGiveTheBitsOfScalar(
      @ForAll @IntRange(min = 1, max = 9) int batch,
      @ForAll @IntRange(min = 500, max = 1100) int channels,
      @ForAll @IntRange(max = 9) int awkward,
      @ForAll long seed) {
    assertAllAgreeOnAwkward(batch, channels, 1, awkward, seed);
  }

  @ParameterizedTest
  @ValueSource(ints = {511, 512, 513, 1023, 1024, 1025})
  void anyNumberOfLongRowsGivesTheBitsOfScalar(int channels) {
    for (int batch = 1; batch <= 5; batch++) {
      assertAllAgree(RandomValues.floats(batch * channels, batch), batch, channels, 1);
    }
  }

  private static void assertAllAgreeOnAwkward(
      int batch, int channels, int plane, int awkward, long seed) {
    float[] x = RandomValues.awkwardFloats(batch * channels * plane, awkward, seed);
    assertAllAgree(x, batch, channels, plane);
  }

  private static void assertAllAgree(float[] x, int batch, int channels, int plane) {
    Moments moments = Moments.by(SCALAR, x, batch, channels, plane);
    float[] y = normalized(SCALAR, x, x.clone(), batch, channels, plane);
    int nonFinite = SCALAR.firstNonFinite(x);
    for (Kernels kernels : EveryKernels.all()) {
      Moments others = Moments.by(kernels, x, batch, channels, plane);
      float[] inPlace = x.clone();

      assertThat(bits(others.mean)).as("means of %s", kernels).isEqualTo(bits(moments.mean));
      assertThat(bits(others.m2)).as("M2 of %s", kernels).isEqualTo(bits(moments.m2));
      assertThat(normalized(kernels, x, new float[x.length], batch, channels, plane))
          .as("y of %s", kernels)
          .isEqualTo(y);
      assertThat(normalized(kernels, inPlace, inPlace, batch, channels, plane))
          .as("y in place of %s", kernels)
          .isEqualTo(y);
      assertThat(kernels.firstNonFinite(x)).isEqualTo(nonFinite);
      assertFiniteAgree(kernels, x, batch, channels, plane, nonFinite, y);
    }
  }

  private static void assertFiniteAgree(
      Kernels kernels, float[] x, int batch, int channels, int plane, int nonFinite, float[] y) {
    int expected = nonFinite < 0 ? -1 : nonFinite / plane;
    float[] inPlace = x.clone();
    float[] apart = new float[x.length];
    float[] raw = x.clone();

    assertThat(normalizeFinite(kernels, raw, apart, batch, channels, plane))
        .as("plane of %s", kernels)
        .isEqualTo(expected);
    assertThat(normalizeFinite(kernels, inPlace, inPlace, batch, channels, plane))
        .as("plane of %s in place", kernels)
        .isEqualTo(expected);
    assertThat(raw).isEqualTo(x);
    if (expected < 0) {
      assertThat(apart).as("finite y of %s", kernels).isEqualTo(y);
      assertThat(inPlace).as("finite y in place of %s", kernels).isEqualTo(y);
    }
  }

  private static int normalizeFinite(
      Kernels kernels, float[] x, float[] y, int batch, int channels, int plane) {
    double[] center = RandomValues.doubles(channels, 5);
    double[] scale = RandomValues.doubles(channels, 6);
    double[] shift = RandomValues.doubles(channels, 7);
    return kernels.normalizeFinite(x, batch, channels, plane, center, scale, shift, y);
  }

  private static float[] normalized(
      Kernels kernels, float[] x, float[] y, int batch, int channels, int plane) {
    double[] center = RandomValues.doubles(channels, 5);
    double[] scale = RandomValues.doubles(channels, 6);
    double[] shift = RandomValues.doubles(channels, 7);
    kernels.normalize(x, batch, channels, plane, center, scale, shift, y);
    return y;
  }

  /** All NaNs are one; 0.0 and -0.0 are two. */
  private static long[] bits(double[] values) {
    return Arrays.stream(values).mapToLong(Double::doubleToLongBits).toArray();
  }

  private static float[] channel(float[] x, int batch, int channels, int plane, int c) {
    float[] sequence = new float[batch * plane];
    for (int n = 0; n < batch; n++) {
      System.arraycopy(x, (n * channels + c) * plane, sequence, n * plane, plane);
    }
    return sequence;
  }

  private static final class Moments {
    final double[] mean;
    final double[] m2;

    private Moments(int channels) {
      this.mean = new double[channels];
      this.m2 = new double[channels];
    }

    static Moments by(Kernels kernels, float[] x, int batch, int channels, int plane) {
      Moments moments = new Moments(channels);
      kernels.moments(x, batch, channels, plane, moments.mean, moments.m2);
      return moments;
    }
  }
}
