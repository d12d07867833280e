package io.batchnorm.exchange;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;

/**
 * An open safetensors file. Opening reads and checks the whole header; the bytes of a tensor are
 * read when it is asked for, so that the few small tensors wanted from a model of many gigabytes
 * cost what they weigh. May be used by several threads.
 *
 * <pre>
 * offset  size  field
 * 0       8     header length n, little-endian
 * 8       n     JSON, UTF-8, padded with spaces:
 *               name -> {"dtype","shape","data_offsets":[begin,end]},
 *               optionally "__metadata__" -> {string: string}
 * 8+n     ...   data, little-endian, row-major; offsets count from here
 * </pre>
 *
 * <p>Where the reference implementation (safetensors 0.8.0) is laxer than its own description, this
 * reader is not: a header that does not start with an opening brace, padding other than spaces,
 * further fields of a tensor and names that come twice are refused. Limits: a header of 100,000,000
 * bytes, as there, 32 dimensions, 1 GiB for one tensor; the file may be of any size.
 *
 * <p>Source: the safetensors format description and {@code tensor.rs} of its reference
 * implementation.
 */
public final class SafetensorsFile implements Closeable {

  /** The most bytes read of one tensor: 1 GiB. Larger ones may be in the file. */
  public static final int MAX_TENSOR_BYTES = 1 << 30;

  private final String file;
  private final ByteSource source;
  private final SafetensorsHeader header;
  private final long dataStart;

  private SafetensorsFile(
      String file, ByteSource source, SafetensorsHeader header, long dataStart) {
    this.file = file;
    this.source = source;
    this.header = header;
    this.dataStart = dataStart;
  }

  /**
   * Opens a file and reads its header.
   *
   * @throws ExchangeException if it is not a safetensors file that is read here
   * @throws IOException if it cannot be read at all, for example because it is missing
   */
  public static SafetensorsFile open(Path path) throws IOException {
    ByteSource source = ByteSource.open(path);
    try {
      return open(source, path.toString());
    } catch (Throwable failure) {
      source.close();
      throw failure;
    }
  }

  /**
   * Opens the bytes of a file, which are kept, not copied. It need not be closed.
   *
   * @param name the name used in errors
   * @throws ExchangeException if they are not a safetensors file that is read here
   */
  public static SafetensorsFile of(byte[] bytes, String name) throws ExchangeException {
    try {
      return open(ByteSource.of(bytes), name);
    } catch (ExchangeException e) {
      throw e;
    } catch (IOException e) {
      throw new IllegalStateException("memory cannot fail to be read", e);
    }
  }

  private static SafetensorsFile open(ByteSource source, String file) throws IOException {
    long size = source.size();
    ByteBuffer prefix = source.slice(0, (int) Math.min(size, Long.BYTES));
    if (size < Long.BYTES) {
      throw ExchangeException.malformed(
          file, "it has %d bytes, expected at least 8".formatted(size) + Signatures.hint(prefix));
    }
    long length = prefix.order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    if (length < 0 || length > size - Long.BYTES) {
      throw ExchangeException.malformed(
          file,
          "its first 8 bytes announce a header of %s bytes, but only %d follow"
                  .formatted(Long.toUnsignedString(length), size - Long.BYTES)
              + Signatures.hint(prefix));
    }
    if (length > SafetensorsHeader.MAX_BYTES) {
      throw ExchangeException.tooLarge(
          file,
          "it has a header of %d bytes, expected at most %d"
              .formatted(length, SafetensorsHeader.MAX_BYTES));
    }
    long dataStart = Long.BYTES + length;
    ByteBuffer json = source.slice(Long.BYTES, (int) length);
    return new SafetensorsFile(
        file, source, SafetensorsHeader.parse(json, size - dataStart, file), dataStart);
  }

  /** Returns what the header says about every tensor, in the order of the header. */
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(header.tensors());
  }

  /** Returns the metadata, empty if the file has none. */
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(header.metadata());
  }

  /**
   * Reads one tensor.
   *
   * @throws ExchangeException if there is none of that name, it is larger than {@link
   *     #MAX_TENSOR_BYTES}, or the file has become shorter since it was opened
   * @throws IOException if the file cannot be read, for example because this was closed
   */
  public Tensor tensor(String name) throws IOException {
    TensorInfo info = header.tensors().get(name);
    if (info == null) {
      throw ExchangeException.malformed(
          file,
          "it has no tensor %s among its %d".formatted(Texts.quote(name), header.tensors().size()));
    }
    if (info.byteLength() > MAX_TENSOR_BYTES) {
      throw ExchangeException.tooLarge(
          file,
          "tensor %s has %d bytes, expected at most %d"
              .formatted(Texts.quote(name), info.byteLength(), MAX_TENSOR_BYTES));
    }
    try {
      ByteBuffer data = source.slice(dataStart + info.begin(), (int) info.byteLength());
      return Tensor.read(file, info, data);
    } catch (EOFException e) {
      throw ExchangeException.malformed(
          file, "it became shorter while it was read; read it again when it is complete");
    }
  }

  /**
   * Reads the tensors that are {@code wanted}, and the metadata, into memory.
   *
   * @throws ExchangeException as {@link #tensor} does
   * @throws IOException if the file cannot be read
   */
  public Safetensors read(Predicate<TensorInfo> wanted) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (TensorInfo info : header.tensors().values()) {
      if (wanted.test(info)) {
        tensors.put(info.name(), tensor(info.name()));
      }
    }
    return new Safetensors(tensors, header.metadata());
  }

  /** Closes the file; tensors read from it stay valid. */
  @Override
  public void close() throws IOException {
    source.close();
  }
}
