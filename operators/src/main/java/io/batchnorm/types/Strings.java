package io.batchnorm.types;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.StringValue;

/**
 * Strings in the layout of Flink's StringValue. Its own reader allocates whatever length the bytes
 * claim; this one grows with the characters that are there.
 */
final class Strings {
  private static final int TRUSTED_LENGTH = 1024;
  private static final int CONTINUES = 0x80;

  private Strings() {}

  static void write(String value, DataOutputView out) throws IOException {
    StringValue.writeString(value, out);
  }

  static String read(DataInputView in) throws IOException {
    int length = readVariable(in, Integer.MAX_VALUE) - 1;
    if (length < 0) {
      throw new IOException("a string is missing: the bytes are damaged");
    }
    StringBuilder units = new StringBuilder(Math.min(length, TRUSTED_LENGTH));
    for (int i = 0; i < length; i++) {
      units.append((char) readVariable(in, Character.MAX_VALUE));
    }
    return units.toString();
  }

  /** Seven bits per byte, the lowest first; all bytes but the last have their highest bit set. */
  private static int readVariable(DataInputView in, int limit) throws IOException {
    long value = 0;
    int next = CONTINUES;
    for (int shift = 0; next >= CONTINUES && shift < Integer.SIZE; shift += 7) {
      next = in.readUnsignedByte();
      value |= (next & ~(long) CONTINUES) << shift;
    }
    if (next >= CONTINUES || value > limit) {
      throw new IOException(
          "a string has a number above %d in it: the bytes are damaged".formatted(limit));
    }
    return (int) value;
  }
}
