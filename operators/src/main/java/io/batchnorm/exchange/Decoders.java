package io.batchnorm.exchange;

import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;

/**
 * Loops that turn stored numbers into float32. Each reads {@code count} numbers from the position
 * of {@code from}, in its byte order, into {@code to[offset..]}. Rounding is to nearest even, as in
 * NumPy's {@code astype(np.float32)}.
 */
final class Decoders {

  private static final int FLOAT_EXPONENT_SHIFT = 23;

  private Decoders() {}

  static void float32(ByteBuffer from, float[] to, int offset, int count) {
    from.asFloatBuffer().get(to, offset, count);
  }

  static void float64(ByteBuffer from, float[] to, int offset, int count) {
    DoubleBuffer values = from.asDoubleBuffer();
    for (int i = 0; i < count; i++) {
      to[offset + i] = (float) values.get(i);
    }
  }

  static void float16(ByteBuffer from, float[] to, int offset, int count) {
    ShortBuffer values = from.asShortBuffer();
    for (int i = 0; i < count; i++) {
      to[offset + i] = halfToFloat(values.get(i));
    }
  }

  static void bfloat16(ByteBuffer from, float[] to, int offset, int count) {
    ShortBuffer values = from.asShortBuffer();
    for (int i = 0; i < count; i++) {
      to[offset + i] = Float.intBitsToFloat(values.get(i) << 16);
    }
  }

  static void bool(ByteBuffer from, float[] to, int offset, int count) {
    int start = from.position();
    for (int i = 0; i < count; i++) {
      to[offset + i] = from.get(start + i) == 0 ? 0f : 1f;
    }
  }

  static void int8(ByteBuffer from, float[] to, int offset, int count) {
    int start = from.position();
    for (int i = 0; i < count; i++) {
      to[offset + i] = from.get(start + i);
    }
  }

  static void uint8(ByteBuffer from, float[] to, int offset, int count) {
    int start = from.position();
    for (int i = 0; i < count; i++) {
      to[offset + i] = Byte.toUnsignedInt(from.get(start + i));
    }
  }

  static void int16(ByteBuffer from, float[] to, int offset, int count) {
    ShortBuffer values = from.asShortBuffer();
    for (int i = 0; i < count; i++) {
      to[offset + i] = values.get(i);
    }
  }

  static void uint16(ByteBuffer from, float[] to, int offset, int count) {
    ShortBuffer values = from.asShortBuffer();
    for (int i = 0; i < count; i++) {
      to[offset + i] = Short.toUnsignedInt(values.get(i));
    }
  }

  static void int32(ByteBuffer from, float[] to, int offset, int count) {
    IntBuffer values = from.asIntBuffer();
    for (int i = 0; i < count; i++) {
      to[offset + i] = (float) values.get(i);
    }
  }

  static void uint32(ByteBuffer from, float[] to, int offset, int count) {
    IntBuffer values = from.asIntBuffer();
    for (int i = 0; i < count; i++) {
      to[offset + i] = (float) Integer.toUnsignedLong(values.get(i));
    }
  }

  static void int64(ByteBuffer from, float[] to, int offset, int count) {
    LongBuffer values = from.asLongBuffer();
    for (int i = 0; i < count; i++) {
      to[offset + i] = (float) values.get(i);
    }
  }

  static void uint64(ByteBuffer from, float[] to, int offset, int count) {
    LongBuffer values = from.asLongBuffer();
    for (int i = 0; i < count; i++) {
      to[offset + i] = unsignedToFloat(values.get(i));
    }
  }

  /**
   * Halves the number keeping its lowest bit sticky, so that the one rounding that follows is
   * right.
   */
  private static float unsignedToFloat(long value) {
    return value >= 0 ? (float) value : 2f * ((value >>> 1) | (value & 1));
  }

  /**
   * IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. Every value is exact in
   * float32.
   */
  static float halfToFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >>> 10) & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int floatExponent = exponent == 0x1f ? 0xff : exponent + 127 - 15;
    return Float.intBitsToFloat(sign | floatExponent << FLOAT_EXPONENT_SHIFT | fraction << 13);
  }
}
