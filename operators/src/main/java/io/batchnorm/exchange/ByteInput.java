package io.batchnorm.exchange;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Bytes read once from front to back, of which it is known how many there are. */
abstract class ByteInput {

  /** The most bytes that may be taken at once; a multiple of every element size. */
  static final int MAX_TAKE = 1 << 18;

  private long remaining;

  private ByteInput(long size) {
    this.remaining = size;
  }

  /** Returns an input over an array, whose bytes are not copied. */
  static ByteInput of(byte[] bytes) {
    return new ArrayInput(bytes);
  }

  /**
   * Returns an input over the next {@code size} bytes of a channel, with a buffer of at most {@link
   * #MAX_TAKE}.
   */
  static ByteInput of(ReadableByteChannel channel, long size) {
    return new ChannelInput(channel, size);
  }

  /** Returns how many bytes are left. */
  final long remaining() {
    return remaining;
  }

  /**
   * Returns the next {@code count} bytes, big-endian, valid until the next call.
   *
   * @throws EOFException if fewer are left, also when the size known before turns out wrong
   */
  final ByteBuffer take(int count) throws IOException {
    if (count > remaining) {
      throw new EOFException();
    }
    remaining -= count;
    return next(count);
  }

  abstract ByteBuffer next(int count) throws IOException;

  private static final class ArrayInput extends ByteInput {
    private final ByteBuffer bytes;

    ArrayInput(byte[] bytes) {
      super(bytes.length);
      this.bytes = ByteBuffer.wrap(bytes);
    }

    @Override
    ByteBuffer next(int count) {
      ByteBuffer taken = bytes.slice(bytes.position(), count);
      bytes.position(bytes.position() + count);
      return taken;
    }
  }

  private static final class ChannelInput extends ByteInput {
    private final ReadableByteChannel channel;
    private final ByteBuffer buffer;

    ChannelInput(ReadableByteChannel channel, long size) {
      super(size);
      this.channel = channel;
      this.buffer = ByteBuffer.allocate((int) Math.min(size, MAX_TAKE));
    }

    @Override
    ByteBuffer next(int count) throws IOException {
      buffer.clear().limit(count);
      while (buffer.hasRemaining()) {
        if (channel.read(buffer) < 0) {
          throw new EOFException();
        }
      }
      return buffer.flip().slice();
    }
  }
}
