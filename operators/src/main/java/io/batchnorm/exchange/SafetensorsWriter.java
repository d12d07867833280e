package io.batchnorm.exchange;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Writes safetensors files in the canonical form of the reference implementation, so that the same
 * contents are always the same bytes: metadata first if there is any, then the tensors, the last
 * {@link DType} first and names in the order of their UTF-8 bytes within a type; no blanks; padded
 * with spaces to a multiple of 8.
 *
 * <p>The reference implementation writes several metadata entries in no fixed order; here they are
 * sorted.
 */
public final class SafetensorsWriter {

  private static final int ALIGNMENT = 8;

  private SafetensorsWriter() {}

  /**
   * Writes a file. The stream is neither flushed nor closed. Use {@link AtomicFile} for files.
   *
   * @throws IllegalArgumentException if a name or text is not valid Unicode, or the header would be
   *     larger than is read
   */
  public static void write(OutputStream out, Safetensors contents) throws IOException {
    List<Map.Entry<String, Tensor>> tensors = canonicalOrder(contents);
    byte[] header = header(tensors, contents.metadata());
    ByteBuffer length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.write(length.putLong(header.length).array());
    out.write(header);
    for (Map.Entry<String, Tensor> entry : tensors) {
      writeFully(out, entry.getValue().data());
    }
  }

  /** Returns the bytes of the file that {@link #write} writes, which must fit an array. */
  public static byte[] toBytes(Safetensors contents) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      write(out, contents);
    } catch (IOException e) {
      throw new IllegalStateException("memory cannot fail to be written", e);
    }
    return out.toByteArray();
  }

  private static void writeFully(OutputStream out, ByteBuffer data) throws IOException {
    WritableByteChannel channel = Channels.newChannel(out);
    while (data.hasRemaining()) {
      channel.write(data);
    }
  }

  private static List<Map.Entry<String, Tensor>> canonicalOrder(Safetensors contents) {
    return contents.tensors().entrySet().stream()
        .sorted(
            (a, b) -> {
              int byType = b.getValue().dtype().compareTo(a.getValue().dtype());
              return byType != 0 ? byType : compareUtf8(a.getKey(), b.getKey());
            })
        .collect(Collectors.toList());
  }

  /** Java compares UTF-16 units, which sorts characters beyond U+FFFF differently. */
  private static int compareUtf8(String a, String b) {
    return Arrays.compareUnsigned(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] header(
      List<Map.Entry<String, Tensor>> tensors, Map<String, String> metadata) {
    StringBuilder json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      json.append(quoted(Safetensors.METADATA_KEY)).append(':').append(metadataJson(metadata));
    }
    long offset = 0;
    for (Map.Entry<String, Tensor> entry : tensors) {
      Tensor tensor = entry.getValue();
      long end = offset + tensor.data().remaining();
      json.append(json.length() > 1 ? "," : "").append(quoted(entry.getKey()));
      json.append(":{\"dtype\":\"").append(tensor.dtype());
      json.append("\",\"shape\":").append(list(tensor.shape()));
      json.append(",\"data_offsets\":").append(list(offset, end)).append('}');
      offset = end;
    }
    return padded(json.append('}').toString());
  }

  private static byte[] padded(String json) {
    byte[] utf8 = json.getBytes(StandardCharsets.UTF_8);
    byte[] header = Arrays.copyOf(utf8, (utf8.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    Arrays.fill(header, utf8.length, header.length, (byte) ' ');
    if (header.length > SafetensorsHeader.MAX_BYTES) {
      throw new IllegalArgumentException(
          "the header would have %d bytes, expected at most %d; write several files"
              .formatted(header.length, SafetensorsHeader.MAX_BYTES));
    }
    return header;
  }

  private static String metadataJson(Map<String, String> metadata) {
    return new TreeMap<>(metadata)
        .entrySet().stream()
            .map(entry -> quoted(entry.getKey()) + ":" + quoted(entry.getValue()))
            .collect(Collectors.joining(",", "{", "}"));
  }

  private static String list(long... numbers) {
    return Arrays.stream(numbers)
        .mapToObj(Long::toString)
        .collect(Collectors.joining(",", "[", "]"));
  }

  /**
   * Escapes exactly what the reference implementation escapes: quotes, backslashes and controls
   * below U+0020.
   */
  private static String quoted(String text) {
    if (!Texts.isUnicode(text)) {
      throw new IllegalArgumentException(
          "%s has half of a surrogate pair, expected valid Unicode".formatted(Texts.quote(text)));
    }
    StringBuilder json = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> json.append('\\').append(c);
        case '\b' -> json.append("\\b");
        case '\f' -> json.append("\\f");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        default -> json.append(c < ' ' ? "\\u%04x".formatted((int) c) : String.valueOf(c));
      }
    }
    return json.append('"').toString();
  }
}
