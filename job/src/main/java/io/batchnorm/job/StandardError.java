package io.batchnorm.job;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InaccessibleObjectException;

/**
 * Standard error as the launcher's caller has it. Between it and the JVM's own there is a filter,
 * which takes out a warning that every JVM with SIMD kernels begins with; what went that way could
 * come out after this process has ended.
 */
final class StandardError {
  /** System property by which the launcher tells the file descriptor. */
  static final String DESCRIPTOR = "batchnorm.stderr";

  private StandardError() {}

  /** Makes it {@link System#err}, if it is another. */
  static void restore() {
    Integer descriptor = Integer.getInteger(DESCRIPTOR);
    if (descriptor == null) {
      return;
    }
    try {
      // No other way shares the position in a file that several processes write to.
      Constructor<FileDescriptor> opened = FileDescriptor.class.getDeclaredConstructor(int.class);
      opened.setAccessible(true);
      FileOutputStream stream = new FileOutputStream(opened.newInstance(descriptor));
      System.setErr(new PrintStream(stream, true));
    } catch (ReflectiveOperationException | InaccessibleObjectException e) {
      // A Java that does not open java.io: what is written passes the filter, a little later.
      return;
    }
  }
}
