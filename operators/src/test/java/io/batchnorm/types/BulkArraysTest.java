package io.batchnorm.types;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BulkArraysTest {
  /** Around the per-element limit of 64, and around one chunk of 8 KiB. */
  static IntStream lengths() {
    return IntStream.concat(
        IntStream.rangeClosed(0, 70), IntStream.of(1023, 1024, 1025, 2047, 2048, 2049, 5000));
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void bigEndianFloatsHaveTheBytesOfOneAfterTheOther(int length) throws Exception {
    DataOutputSerializer oneByOne = new DataOutputSerializer(64);
    for (float value : values(length)) {
      oneByOne.writeFloat(value);
    }

    assertBytes(oneByOne, length, ByteOrder.BIG_ENDIAN);
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void littleEndianFloatsHaveTheBytesTurnedOfOneAfterTheOther(int length) throws Exception {
    DataOutputSerializer oneByOne = new DataOutputSerializer(64);
    for (float value : values(length)) {
      int bits = Float.floatToRawIntBits(value);
      for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
        oneByOne.writeByte(bits >> shift);
      }
    }

    assertBytes(oneByOne, length, ByteOrder.LITTLE_ENDIAN);
  }

  private static float[] values(int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = i % 7 == 0 ? Float.NEGATIVE_INFINITY : 1f / (i - 3.5f);
    }
    return values;
  }

  private static void assertBytes(DataOutputSerializer wanted, int length, ByteOrder order)
      throws Exception {
    float[] values = values(length);
    DataOutputSerializer out = new DataOutputSerializer(64);

    BulkArrays.writeFloats(values, order, out);

    byte[] bytes = out.getCopyOfBuffer();
    assertThat(bytes).isEqualTo(wanted.getCopyOfBuffer());
    assertThat(BulkArrays.readFloats(length, order, new DataInputDeserializer(bytes)))
        .isEqualTo(values);
  }

  @ParameterizedTest
  @MethodSource("lengths")
  void doublesHaveTheBytesOfOneAfterTheOther(int length) throws Exception {
    double[] values = new double[length];
    DataOutputSerializer oneByOne = new DataOutputSerializer(64);
    for (int i = 0; i < length; i++) {
      values[i] = i % 7 == 0 ? Double.NEGATIVE_INFINITY : 1.0 / (i - 3.5);
      oneByOne.writeDouble(values[i]);
    }
    DataOutputSerializer out = new DataOutputSerializer(64);

    BulkArrays.writeDoubles(values, out);

    byte[] bytes = out.getCopyOfBuffer();
    assertThat(bytes).isEqualTo(oneByOne.getCopyOfBuffer());
    assertThat(BulkArrays.readDoubles(length, new DataInputDeserializer(bytes))).isEqualTo(values);
  }

  /** Under {@code --non-finite propagate} NaN is data: both state backends must give it back. */
  @ParameterizedTest
  @MethodSource("lengths")
  void bitsOfNanStayAsTheyAre(int length) throws Exception {
    float[] values = new float[length];
    Arrays.fill(values, AwkwardValues.QUIET_NAN_WITH_PAYLOAD);
    for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
      DataOutputSerializer out = new DataOutputSerializer(64);

      BulkArrays.writeFloats(values, order, out);

      DataInputDeserializer in = new DataInputDeserializer(out.getCopyOfBuffer());
      for (float value : BulkArrays.readFloats(length, order, in)) {
        assertThat(Float.floatToRawIntBits(value)).isEqualTo(0xffc12345);
      }
    }
  }
}
