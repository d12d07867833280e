package io.batchnorm.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyReaderTest {

  private static final byte[] TWO_FLOATS = Fixtures.hex("0000c03f 000000c0");

  @TempDir Path directory;

  static Stream<String> filesOfNumPy() {
    String table = new String(Fixtures.resource("expected.csv"), StandardCharsets.UTF_8);
    return table.lines();
  }

  @ParameterizedTest
  @MethodSource("filesOfNumPy")
  void readsWhatNumPyWroteToTheBitsNumPyConvertsItTo(String row) throws Exception {
    String[] columns = row.split(",", -1);
    byte[] file = Fixtures.resource(columns[0] + ".npy");

    NpyArray array = NpyReader.read(file, columns[0]);

    assertThat(array.shape()).isEqualTo(shape(columns[1]));
    assertThat(bits(array.values())).isEqualTo(bits(floats(Fixtures.hex(columns[2]))));
  }

  @ParameterizedTest
  @MethodSource("filesOfNumPy")
  void readsTheSameFromFileStreamAndMemory(String row) throws Exception {
    byte[] file = Fixtures.resource(row.split(",", -1)[0] + ".npy");
    Path path = Files.write(directory.resolve("a.npy"), file);
    int[] expected = bits(NpyReader.read(file, "a").values());

    NpyArray fromFile = NpyReader.read(path);
    NpyArray fromStream = NpyReader.read(new ByteArrayInputStream(file), file.length, "a");

    assertThat(bits(fromFile.values())).isEqualTo(expected);
    assertThat(bits(fromStream.values())).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
        "{'shape': (2,), 'fortran_order': False, 'descr': '<f4'}",
        "{\"descr\": \"<f4\", 'fortran_order': False, \"shape\": (2,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2L,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1L, 2L), }",
        "{'descr':'<f4','fortran_order':False,'shape':(1,2)}",
        "  {\t'descr' : '<f4' ,\n 'fortran_order' : False , 'shape' : ( 2 , 1 , ) , }  \n\n",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (2,), }",
      })
  void acceptsTheHeadersThatNumPyAccepts(String header) throws Exception {
    NpyArray array = NpyReader.read(Fixtures.npy(header, TWO_FLOATS), "a");

    assertThat(array.values()).containsExactly(1.5f, -2f);
  }

  @ParameterizedTest
  @ValueSource(strings = {"=f4", "|f4", "f4"})
  void takesTheMachinesByteOrderWhereTheFileNamesNone(String descr) throws Exception {
    String header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': (1,)}";
    ByteBuffer data = ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putFloat(1.5f);

    NpyArray array = NpyReader.read(Fixtures.npy(header, data.array()), "a");

    assertThat(array.values()).containsExactly(1.5f);
  }

  @Test
  void ignoresBytesBehindTheLastElementAsNumPyDoes() throws Exception {
    byte[] file = Fixtures.concat(Fixtures.resource("vector.npy"), new byte[] {1, 2, 3});

    NpyArray array = NpyReader.read(file, "a");

    assertThat(array.values()).containsExactly(1.5f, -2f);
  }

  @Test
  void readsFilesOfManyChunks() throws Exception {
    float[] values = new float[300_001];
    for (int i = 0; i < values.length; i++) {
      values[i] = i * 0.5f;
    }
    byte[] file = NpyWriter.toBytes(new NpyArray(new int[] {values.length}, values));

    NpyArray array = NpyReader.read(dripping(file), file.length, "a");

    assertThat(array.values()).isEqualTo(values);
  }

  @Test
  void holdsAFileOfFloatsInMemoryOnceOnly() throws Exception {
    int count = 4_000_000;
    Path path = directory.resolve("large.npy");
    AtomicFile.write(path, out -> NpyWriter.write(out, new int[] {count}, new float[count]));

    long allocated = Allocation.bytesOf(() -> NpyReader.read(path));

    assertThat(allocated).isBetween(count * 4L, count * 4L + (1 << 20));
  }

  @Test
  void leavesAMissingFileToTheCallerAsAnOrdinaryIoError() {
    assertThatThrownBy(() -> NpyReader.read(directory.resolve("missing.npy")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void passesOnTheErrorOfABrokenStream() {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("connection lost");
          }

          @Override
          public int read(byte[] into, int offset, int length) throws IOException {
            return read();
          }
        };

    assertThatThrownBy(() -> NpyReader.read(broken, 1000, "a"))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("connection lost");
  }

  @Test
  void wrapsValuesOnlyWithAShapeThatFits() {
    assertThatThrownBy(() -> new NpyArray(new int[] {2, 3}, new float[5]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there are 5 values, expected as many as shape (2, 3) has elements");
    assertThatThrownBy(() -> new NpyArray(new int[] {-1, -5}, new float[5]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected no negative dimension");
    assertThatThrownBy(() -> new NpyArray(new int[33], new float[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("33 dimensions, expected at most 32");
    assertThat(new NpyArray(new int[0], new float[1]).rank()).isZero();
  }

  /** A stream that hands out its bytes in pieces of 1000, as a network does. */
  private static InputStream dripping(byte[] bytes) {
    return new ByteArrayInputStream(bytes) {
      @Override
      public synchronized int read(byte[] into, int offset, int length) {
        return super.read(into, offset, Math.min(length, 1000));
      }
    };
  }

  private static int[] shape(String text) {
    return text.isEmpty()
        ? new int[0]
        : Arrays.stream(text.split("x", -1)).mapToInt(Integer::parseInt).toArray();
  }

  private static float[] floats(byte[] littleEndian) {
    float[] values = new float[littleEndian.length / Float.BYTES];
    ByteBuffer.wrap(littleEndian).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = Float.floatToRawIntBits(values[i]);
    }
    return bits;
  }
}
