package io.batchnorm.benchmarks;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;

/** The time in which this process measures and the other side of the row waits. */
public final class Turn implements Closeable {
  /** System property of a JVM that takes part: where its parent has {@link Turns}. */
  static final String PORT = "batchnorm.benchmarks.turns";

  static final int BEGIN = 1;
  static final int END = 2;

  /** Null where nobody else waits. */
  private final Socket parent;

  private Turn(Socket parent) {
    this.parent = parent;
  }

  /** Takes part, until this JVM ends, if its parent says where; else every turn is its own. */
  public static Turn ofThisJvm() {
    Integer port = Integer.getInteger(PORT);
    return port == null ? new Turn(null) : at(port);
  }

  static Turn at(int port) {
    try {
      return new Turn(new Socket(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Waits for it.
   *
   * @throws UncheckedIOException if it never comes, since the parent has given up
   */
  public void begin() {
    try {
      if (parent != null && parent.getInputStream().read() != BEGIN) {
        throw new IOException("the other side of the row has failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void end() {
    try {
      if (parent != null) {
        parent.getOutputStream().write(END);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      if (parent != null) {
        parent.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
