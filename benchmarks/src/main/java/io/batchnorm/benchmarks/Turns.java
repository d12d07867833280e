package io.batchnorm.benchmarks;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Lets processes take their samples one after the other and never at once, so that what a busy
 * machine does to one side of a row it does to the other.
 *
 * <p>Each process has a connection for as long as it lives; see {@link Turn}. When all are there,
 * they have their turns strictly one after the other: a byte to the process begins one, a byte back
 * ends it, and who hangs up is left out from then on.
 */
public final class Turns implements Closeable {
  private final int processes;
  private final ServerSocket server;
  private final Queue<Socket> line = new ArrayDeque<>();

  /**
   * @param processes that will take part
   */
  public Turns(int processes) {
    this.processes = processes;
    try {
      server = new ServerSocket(0, processes, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread thread = new Thread(this::serve, "turns");
    thread.setDaemon(true);
    thread.start();
  }

  /** For the JVM that takes part. */
  public String jvmOption() {
    return "-D%s=%d".formatted(Turn.PORT, port());
  }

  /** On the loopback interface. */
  int port() {
    return server.getLocalPort();
  }

  private void serve() {
    try {
      while (line.size() < processes) {
        line.add(server.accept());
      }
    } catch (IOException e) {
      // Closed before all were there: nobody has a turn.
    }
    while (!line.isEmpty() && !server.isClosed()) {
      Socket next = line.remove();
      if (tookTurn(next)) {
        line.add(next);
      } else {
        hangUp(next);
      }
    }
    line.forEach(Turns::hangUp);
  }

  private static boolean tookTurn(Socket process) {
    try {
      process.getOutputStream().write(Turn.BEGIN);
      return process.getInputStream().read() == Turn.END;
    } catch (IOException e) {
      return false;
    }
  }

  private static void hangUp(Socket process) {
    try {
      process.close();
    } catch (IOException e) {
      // It is gone, which is what was wanted.
    }
  }

  /** Ends, with an error, the processes that wait for a turn, once nobody has one. */
  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
