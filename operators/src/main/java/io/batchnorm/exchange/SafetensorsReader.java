package io.batchnorm.exchange;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Predicate;

/**
 * Reads safetensors files into memory. The format, limits and errors are those of {@link
 * SafetensorsFile}.
 */
public final class SafetensorsReader {

  private SafetensorsReader() {}

  /**
   * Reads all tensors of a file, which takes as much memory as the file has bytes.
   *
   * @throws ExchangeException if it is not a safetensors file that is read here
   * @throws IOException if it cannot be read at all
   */
  public static Safetensors read(Path path) throws IOException {
    return read(path, info -> true);
  }

  /**
   * Reads some tensors of a file; the bytes of the others are not touched.
   *
   * @throws ExchangeException if it is not a safetensors file that is read here
   * @throws IOException if it cannot be read at all
   */
  public static Safetensors read(Path path, Predicate<TensorInfo> wanted) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      return file.read(wanted);
    }
  }

  /**
   * Reads all tensors from the bytes of a file, which are kept, not copied.
   *
   * @param name the name used in errors
   * @throws ExchangeException if they are not a safetensors file that is read here
   */
  public static Safetensors read(byte[] bytes, String name) throws ExchangeException {
    try (SafetensorsFile file = SafetensorsFile.of(bytes, name)) {
      return file.read(info -> true);
    } catch (ExchangeException e) {
      throw e;
    } catch (IOException e) {
      throw new IllegalStateException("memory cannot fail to be read", e);
    }
  }
}
