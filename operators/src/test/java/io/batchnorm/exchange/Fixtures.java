package io.batchnorm.exchange;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Files made by other programs, and files made here byte by byte. */
final class Fixtures {

  private Fixtures() {}

  /** Returns a file of the test resources, which NumPy or the safetensors library made. */
  static byte[] resource(String name) {
    try (InputStream in = Fixtures.class.getResourceAsStream("/exchange/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns a version 1.0 file with that header, not padded. */
  static byte[] npy(String header, byte[] data) {
    byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer prefix = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN);
    prefix.put((byte) 0x93).put("NUMPY".getBytes(StandardCharsets.US_ASCII));
    prefix.put((byte) 1).put((byte) 0).putShort((short) text.length);
    return concat(prefix.array(), text, data);
  }

  /** Returns a {@code <f4} file of that shape, written as Python writes it. */
  static byte[] npyOfShape(String shape, int dataBytes) {
    return npy(
        "{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }\n",
        new byte[dataBytes]);
  }

  /** Returns a file with that header, not padded, and so many zero bytes of data. */
  static byte[] safetensors(String json, int dataBytes) {
    return safetensors(json.getBytes(StandardCharsets.UTF_8), dataBytes);
  }

  static byte[] safetensors(byte[] header, int dataBytes) {
    ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return concat(length.putLong(header.length).array(), header, new byte[dataBytes]);
  }

  static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }
}
