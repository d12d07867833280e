package io.batchnorm.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpyWriterTest {

  @ParameterizedTest
  @ValueSource(strings = {"vector", "rank4", "empty", "f4-little"})
  void writesTheBytesThatNumPyWrites(String name) throws Exception {
    byte[] file = Fixtures.resource(name + ".npy");

    byte[] written = NpyWriter.toBytes(NpyReader.read(file, name));

    assertThat(written).isEqualTo(file);
  }

  @Test
  void writesTheExampleOfTheFormatDescription() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    NpyWriter.write(out, new int[] {2}, new float[] {1.5f, -2f});

    byte[] start = Fixtures.hex("934e554d50590100 7600");
    byte[] data = Fixtures.hex("0000c03f 000000c0");
    assertThat(out.toByteArray()).hasSize(136).startsWith(start).endsWith(data);
  }

  @Test
  void writesTheLongestHeaderInVersionOne() throws Exception {
    int[] shape = new int[32];
    Arrays.fill(shape, Integer.MAX_VALUE);
    shape[31] = 0;
    Arrays.fill(shape, 2, 31, 1);

    byte[] file = NpyWriter.toBytes(new NpyArray(shape, new float[0]));

    assertThat(file[6]).isEqualTo((byte) 1);
    assertThat(file.length % 64).isZero();
    assertThat(NpyReader.read(file, "a").shape()).isEqualTo(shape);
  }

  @Test
  void refusesValuesThatDoNotFillTheShape() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    assertThatThrownBy(() -> NpyWriter.write(out, new int[] {3}, new float[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 values, expected as many as shape (3,)");
    assertThat(out.size()).isZero();
  }

  @Provide
  Arbitrary<int[]> shapes() {
    return Arbitraries.integers().between(0, 12).array(int[].class).ofMaxSize(4);
  }

  @Property(tries = 200)
  void whatIsWrittenIsReadBackBitForBit(@ForAll("shapes") int[] shape, @ForAll int seed)
      throws Exception {
    float[] values = new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.intBitsToFloat(seed + i * 0x9e3779b9);
    }

    byte[] file = NpyWriter.toBytes(new NpyArray(shape, values));
    NpyArray read = NpyReader.read(file, "a");

    assertThat(read.shape()).isEqualTo(shape);
    assertThat(Arrays.compare(bits(read.values()), bits(values))).isZero();
    assertThat((file.length - values.length * Float.BYTES) % 64).isZero();
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
    return bits;
  }
}
