package io.batchnorm.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class DecodersTest {

  /** CRC-32 of NumPy's float32 values of all 65,536 halves without the NaNs, little-endian. */
  private static final long NUMPY_HALVES = 0x58a2254bL;

  @Test
  void convertsEveryHalfAsNumPyDoes() {
    CRC32 crc = new CRC32();
    ByteBuffer word = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int half = 0; half < 1 << 16; half++) {
      float value = Decoders.halfToFloat((short) half);
      boolean isNan = (half & 0x7fff) > 0x7c00;
      assertThat(Float.isNaN(value)).isEqualTo(isNan);
      if (!isNan) {
        crc.update(word.putFloat(0, value).array());
      }
    }

    assertThat(crc.getValue()).isEqualTo(NUMPY_HALVES);
  }

  @Property(tries = 500)
  void roundsUnsignedIntegersOnceToNearestEven(@ForAll long bits) {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).putLong(0, bits);
    float[] value = new float[1];

    Decoders.uint64(bytes, value, 0, 1);

    assertThat(value[0]).isEqualTo(new BigInteger(Long.toUnsignedString(bits)).floatValue());
  }

  @Test
  void roundsUnsignedIntegersThatLieHalfWayBetweenTwoFloats() {
    long halfWay = (1L << 63) + (1L << 39);
    ByteBuffer bytes =
        ByteBuffer.allocate(24).putLong(halfWay).putLong(halfWay + 1).putLong(-1L).flip();
    float[] values = new float[3];

    Decoders.uint64(bytes, values, 0, 3);

    assertThat(values).containsExactly(0x1p63f, 0x1.000002p63f, 0x1p64f);
  }
}
