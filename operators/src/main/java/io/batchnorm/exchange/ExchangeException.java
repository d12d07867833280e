package io.batchnorm.exchange;

import java.io.IOException;

/**
 * A file was read and found bad. The message is one sentence: the file, what it says, what was
 * expected and, where there is one, the cure. Failures of the disk or the network stay plain {@link
 * IOException}s.
 */
public final class ExchangeException extends IOException {

  private static final long serialVersionUID = 1L;

  private final Fault fault;
  private final String file;

  /**
   * Makes the message {@code file: sentence}.
   *
   * @param file the name by which the user knows the file
   * @param sentence what was found, what was expected, what to do
   */
  public ExchangeException(Fault fault, String file, String sentence) {
    super(file + ": " + sentence);
    this.fault = fault;
    this.file = file;
  }

  /** Returns the kind of fault, whose {@link Fault#code} is stable. */
  public Fault fault() {
    return fault;
  }

  /** Returns the name by which the user knows the file. */
  public String file() {
    return file;
  }

  static ExchangeException malformed(String file, String sentence) {
    return new ExchangeException(Fault.MALFORMED_FILE, file, sentence);
  }

  static ExchangeException unsupported(String file, String sentence) {
    return new ExchangeException(Fault.UNSUPPORTED_DTYPE, file, sentence);
  }

  static ExchangeException tooLarge(String file, String sentence) {
    return new ExchangeException(Fault.TOO_LARGE, file, sentence);
  }
}
