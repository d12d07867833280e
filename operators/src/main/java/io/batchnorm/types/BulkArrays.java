package io.batchnorm.types;

import io.batchnorm.core.ChannelBlock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Float and double arrays in chunks of 8 KiB. Flink's own serializer goes element by element, which
 * is 5 to 20 times slower above some 64 values and faster below. The bits of NaN stay as they are,
 * whatever the length.
 *
 * <p>In the byte order of the CPU, which is little-endian nearly everywhere, a chunk is copied; to
 * turn the bytes of values takes as long as to normalize them.
 */
final class BulkArrays {
  private static final int CHUNK = 8192;
  private static final int SMALL = 64;

  private BulkArrays() {}

  static void writeFloats(float[] values, ByteOrder order, DataOutputView out) throws IOException {
    if (values.length < SMALL) {
      for (float value : values) {
        out.writeInt(ordered(Float.floatToRawIntBits(value), order));
      }
      return;
    }
    byte[] chunk = chunkFor(values.length, Float.BYTES);
    FloatBuffer floats = ByteBuffer.wrap(chunk).order(order).asFloatBuffer();
    int perChunk = chunk.length / Float.BYTES;
    for (int at = 0; at < values.length; at += perChunk) {
      int length = Math.min(perChunk, values.length - at);
      floats.clear().put(values, at, length);
      out.write(chunk, 0, length * Float.BYTES);
    }
  }

  /** As {@link #writeFloats} of all its runs, one behind the other. */
  static void writeRuns(ChannelBlock block, ByteOrder order, DataOutputView out)
      throws IOException {
    byte[] chunk = chunkFor(block.size(), Float.BYTES);
    FloatBuffer floats = ByteBuffer.wrap(chunk).order(order).asFloatBuffer();
    for (int row = 0; row < block.rows(); row++) {
      int at = block.start(row);
      int end = at + block.run();
      while (at < end) {
        int length = Math.min(floats.remaining(), end - at);
        floats.put(block.array(), at, length);
        at += length;
        if (!floats.hasRemaining()) {
          out.write(chunk, 0, chunk.length);
          floats.clear();
        }
      }
    }
    out.write(chunk, 0, floats.position() * Float.BYTES);
  }

  static float[] readFloats(int length, ByteOrder order, DataInputView in) throws IOException {
    float[] values = new float[length];
    if (length < SMALL) {
      for (int i = 0; i < length; i++) {
        values[i] = Float.intBitsToFloat(ordered(in.readInt(), order));
      }
      return values;
    }
    byte[] chunk = chunkFor(length, Float.BYTES);
    FloatBuffer floats = ByteBuffer.wrap(chunk).order(order).asFloatBuffer();
    int perChunk = chunk.length / Float.BYTES;
    for (int at = 0; at < length; at += perChunk) {
      int count = Math.min(perChunk, length - at);
      in.readFully(chunk, 0, count * Float.BYTES);
      floats.clear().get(values, at, count);
    }
    return values;
  }

  /** What a view, which is big-endian, takes or gives for bits in that order. */
  private static int ordered(int bits, ByteOrder order) {
    return order == ByteOrder.BIG_ENDIAN ? bits : Integer.reverseBytes(bits);
  }

  /** Big-endian. */
  static void writeDoubles(double[] values, DataOutputView out) throws IOException {
    byte[] chunk = chunkFor(values.length, Double.BYTES);
    DoubleBuffer doubles = ByteBuffer.wrap(chunk).asDoubleBuffer();
    int perChunk = chunk.length / Double.BYTES;
    for (int at = 0; at < values.length; at += perChunk) {
      int length = Math.min(perChunk, values.length - at);
      doubles.clear().put(values, at, length);
      out.write(chunk, 0, length * Double.BYTES);
    }
  }

  /** Big-endian. */
  static double[] readDoubles(int length, DataInputView in) throws IOException {
    double[] values = new double[length];
    byte[] chunk = chunkFor(length, Double.BYTES);
    DoubleBuffer doubles = ByteBuffer.wrap(chunk).asDoubleBuffer();
    int perChunk = chunk.length / Double.BYTES;
    for (int at = 0; at < length; at += perChunk) {
      int count = Math.min(perChunk, length - at);
      in.readFully(chunk, 0, count * Double.BYTES);
      doubles.clear().get(values, at, count);
    }
    return values;
  }

  private static byte[] chunkFor(int length, int bytes) {
    return new byte[(int) Math.min((long) length * bytes, CHUNK)];
  }

  /** Reads a length that must lie in [0, limit], before anything of that length is allocated. */
  static int readLength(DataInputView in, int limit, String what) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > limit) {
      throw new IOException(
          "%s is %d, wanted 0 to %d: the bytes are damaged".formatted(what, length, limit));
    }
    return length;
  }

  /** A version that no serializer of this release writes. */
  static IOException unknownVersion(Class<?> serializer, int version) {
    return new IOException(
        "%s cannot read layout version %d".formatted(serializer.getSimpleName(), version));
  }
}
