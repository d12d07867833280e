package io.batchnorm.exchange;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Reads NumPy's {@code .npy} format, versions 1.0, 2.0 and 3.0:
 *
 * <pre>
 * offset  size  field
 * 0       6     magic 93 'N' 'U' 'M' 'P' 'Y'
 * 6       2     version: major, minor
 * 8       2, 4  header length n, little-endian: 2 bytes in version 1.0, 4 in 2.0 and 3.0
 * 10, 12  n     Python dict literal with descr, fortran_order, shape; Latin-1, in version 3.0 UTF-8
 * 10+n..        elements, C or Fortran order
 * </pre>
 *
 * <p>Read are bool, signed and unsigned integers and floats of 16 to 64 bits in either byte order;
 * all become float32 in C order. As with {@code numpy.load}, bytes after the last element are
 * ignored. Never read are objects (pickles), structured types, complex numbers, strings and dates,
 * whatever the file says about them.
 *
 * <p>Limits: {@link #MAX_VALUES} values, a header of 10,000 bytes, 32 dimensions. The memory used
 * is that of the result and a buffer of at most 256 KiB; twice the result for Fortran order.
 *
 * <p>Source: NumPy, {@code numpy.lib.format}, "NPY format".
 */
public final class NpyReader {

  /** The most values read from one file: 268,435,456, which is 1 GiB of float32. */
  public static final int MAX_VALUES = 1 << 28;

  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int PREFIX_BYTES = 8;

  private NpyReader() {}

  /**
   * Reads a file.
   *
   * @throws ExchangeException if it is not a {@code .npy} file that is read here
   * @throws IOException if it cannot be read at all, for example because it is missing
   */
  public static NpyArray read(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      return read(ByteInput.of(channel, channel.size()), path.toString());
    }
  }

  /**
   * Reads from the bytes of a file.
   *
   * @param name the name used in errors
   * @throws ExchangeException if they are not a {@code .npy} file that is read here
   */
  public static NpyArray read(byte[] bytes, String name) throws ExchangeException {
    try {
      return read(ByteInput.of(bytes), name);
    } catch (ExchangeException e) {
      throw e;
    } catch (IOException e) {
      throw new IllegalStateException("memory cannot fail to be read", e);
    }
  }

  /**
   * Reads from a stream, which is left open behind the last element.
   *
   * @param size how many bytes the stream has, from a trusted source such as the file system; a
   *     file cannot make the reader allocate more than a small multiple of it
   * @param name the name used in errors
   * @throws ExchangeException if it is not a {@code .npy} file that is read here, or ends before
   *     {@code size}
   * @throws IOException if the stream fails
   */
  public static NpyArray read(InputStream in, long size, String name) throws IOException {
    return read(ByteInput.of(Channels.newChannel(in), size), name);
  }

  private static NpyArray read(ByteInput in, String file) throws IOException {
    long size = in.remaining();
    try {
      NpyHeader header = readHeader(in, file);
      float[] values = readValues(in, header);
      int[] shape = header.shape();
      return new NpyArray(
          shape, header.fortranOrder() ? Transposition.toRowMajor(shape, values) : values);
    } catch (EOFException e) {
      throw ExchangeException.malformed(
          file,
          "its %d bytes end before all that its header announces;".formatted(size)
              + " it was cut short, save or copy it again");
    }
  }

  private static NpyHeader readHeader(ByteInput in, String file) throws IOException {
    ByteBuffer prefix = in.take((int) Math.min(PREFIX_BYTES, in.remaining()));
    if (prefix.remaining() < PREFIX_BYTES || !startsWithMagic(prefix)) {
      throw ExchangeException.malformed(
          file,
          "it does not start with the bytes 93 'NUMPY' of a .npy file" + Signatures.hint(prefix));
    }
    int major = Byte.toUnsignedInt(prefix.get(MAGIC.length));
    int minor = Byte.toUnsignedInt(prefix.get(MAGIC.length + 1));
    if (major < 1 || major > 3 || minor != 0) {
      throw ExchangeException.malformed(
          file, "it has version %d.%d, expected 1.0, 2.0 or 3.0".formatted(major, minor));
    }
    int length = headerLength(in, major, file);
    Charset charset = major == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1;
    String text = decode(in.take(length), charset, file);
    return NpyHeader.parse(text, in.remaining(), file);
  }

  private static boolean startsWithMagic(ByteBuffer prefix) {
    return prefix.slice(0, MAGIC.length).equals(ByteBuffer.wrap(MAGIC));
  }

  private static int headerLength(ByteInput in, int major, String file) throws IOException {
    long length =
        major == 1
            ? Short.toUnsignedLong(in.take(2).order(ByteOrder.LITTLE_ENDIAN).getShort())
            : Integer.toUnsignedLong(in.take(4).order(ByteOrder.LITTLE_ENDIAN).getInt());
    if (length > NpyHeader.MAX_BYTES) {
      throw ExchangeException.tooLarge(
          file,
          "it has a header of %d bytes, expected at most %d"
              .formatted(length, NpyHeader.MAX_BYTES));
    }
    return (int) length;
  }

  private static String decode(ByteBuffer header, Charset charset, String file)
      throws ExchangeException {
    try {
      return charset.newDecoder().decode(header).toString();
    } catch (CharacterCodingException e) {
      throw ExchangeException.malformed(file, "its header is not valid " + charset);
    }
  }

  private static float[] readValues(ByteInput in, NpyHeader header) throws IOException {
    NpyType type = header.type();
    float[] values = new float[header.elements()];
    int most = ByteInput.MAX_TAKE / type.bytes();
    for (int done = 0; done < values.length; ) {
      int count = Math.min(values.length - done, most);
      ByteBuffer bytes = in.take(count * type.bytes()).order(header.byteOrder());
      type.decode(bytes, values, done, count);
      done += count;
    }
    return values;
  }
}
