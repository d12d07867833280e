package io.batchnorm.exchange;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Bytes that can be read at any place, of which it is known how many there are. May be used by
 * several threads.
 */
abstract class ByteSource implements Closeable {

  private final long size;

  private ByteSource(long size) {
    this.size = size;
  }

  /**
   * Opens a file; only what is asked for will be read.
   *
   * @throws ExchangeException if it is something else: a pipe would be waited for, for ever
   */
  static ByteSource open(Path path) throws IOException {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      throw ExchangeException.malformed(
          path.toString(),
          Files.isDirectory(path)
              ? "it is a folder, expected a file"
              : "it is a pipe or device, expected a file");
    }
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return new FileSource(channel, channel.size());
    } catch (Throwable failure) {
      channel.close();
      throw failure;
    }
  }

  /** Returns a source over an array, whose bytes are not copied. */
  static ByteSource of(byte[] bytes) {
    return new ArraySource(bytes);
  }

  final long size() {
    return size;
  }

  /**
   * Returns {@code length} bytes from {@code position}, which must lie within the size.
   *
   * @throws EOFException if a file has become shorter since it was opened
   */
  abstract ByteBuffer slice(long position, int length) throws IOException;

  private static final class ArraySource extends ByteSource {
    private final byte[] bytes;

    ArraySource(byte[] bytes) {
      super(bytes.length);
      this.bytes = bytes;
    }

    @Override
    ByteBuffer slice(long position, int length) {
      return ByteBuffer.wrap(bytes, (int) position, length).slice();
    }

    @Override
    public void close() {}
  }

  private static final class FileSource extends ByteSource {
    private static final int READ_BYTES = 1 << 20;

    private final FileChannel channel;

    FileSource(FileChannel channel, long size) {
      super(size);
      this.channel = channel;
    }

    /**
     * Reads in pieces, since the channel copies through a native buffer as large as what it is
     * asked for.
     */
    @Override
    ByteBuffer slice(long position, int length) throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate(length);
      while (bytes.position() < length) {
        bytes.limit(Math.min(length, bytes.position() + READ_BYTES));
        if (channel.read(bytes, position + bytes.position()) < 0) {
          throw new EOFException("the file became shorter while it was read");
        }
      }
      return bytes.flip();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
