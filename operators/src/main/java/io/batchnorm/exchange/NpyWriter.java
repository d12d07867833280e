package io.batchnorm.exchange;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Writes float32 arrays as {@code .npy} files, byte for byte what {@code numpy.save} writes:
 * version 1.0, {@code <f4}, C order, the header padded with spaces and a newline so that the data
 * starts at a multiple of 64.
 *
 * <p>Later versions exist for headers above 65,535 bytes and for names in other alphabets; with at
 * most 32 dimensions neither occurs.
 */
public final class NpyWriter {

  private static final byte[] MAGIC_AND_VERSION = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
  private static final int ALIGNMENT = 64;

  /** NumPy leaves room for the first dimension to grow to this many digits in place. */
  private static final int GROWTH_DIGITS = 21;

  private static final int CHUNK_VALUES = 1 << 14;

  private NpyWriter() {}

  /**
   * Writes one array. The stream is neither flushed nor closed. Use {@link AtomicFile} for files.
   *
   * @param shape at most 32 dimensions, {@code ()} for a scalar
   * @param values row-major, as many as the shape has elements
   * @throws IllegalArgumentException if they are not
   */
  public static void write(OutputStream out, int[] shape, float[] values) throws IOException {
    write(out, new NpyArray(shape, values));
  }

  /**
   * Writes one array. The stream is neither flushed nor closed. Use {@link AtomicFile} for files.
   */
  public static void write(OutputStream out, NpyArray array) throws IOException {
    out.write(header(array.shape()));
    float[] values = array.values();
    ByteBuffer chunk =
        ByteBuffer.allocate(Math.min(values.length, CHUNK_VALUES) * Float.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int done = 0; done < values.length; ) {
      int count = Math.min(values.length - done, CHUNK_VALUES);
      chunk.asFloatBuffer().put(values, done, count);
      out.write(chunk.array(), 0, count * Float.BYTES);
      done += count;
    }
  }

  /**
   * Returns the bytes of the file that {@link #write} writes.
   *
   * @throws ArithmeticException if they do not fit an array
   */
  public static byte[] toBytes(NpyArray array) {
    byte[] header = header(array.shape());
    float[] values = array.values();
    ByteBuffer bytes =
        ByteBuffer.allocate(
                Math.addExact(header.length, Math.multiplyExact(values.length, Float.BYTES)))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(header).asFloatBuffer().put(values);
    return bytes.array();
  }

  private static byte[] header(int[] shape) {
    StringBuilder text = new StringBuilder();
    text.append("{'descr': '<f4', 'fortran_order': False, 'shape': ").append(Shapes.text(shape));
    text.append(", }");
    if (shape.length > 0) {
      text.append(" ".repeat(GROWTH_DIGITS - Integer.toString(shape[0]).length()));
    }
    int unpadded = MAGIC_AND_VERSION.length + Short.BYTES + text.length() + 1;
    text.append(" ".repeat(ALIGNMENT - unpadded % ALIGNMENT)).append('\n');
    ByteBuffer header =
        ByteBuffer.allocate(MAGIC_AND_VERSION.length + Short.BYTES + text.length())
            .order(ByteOrder.LITTLE_ENDIAN);
    header.put(MAGIC_AND_VERSION).putShort((short) text.length());
    return header.put(text.toString().getBytes(StandardCharsets.ISO_8859_1)).array();
  }
}
