package io.batchnorm.exchange;

/** What is wrong with a file, as a code that stays the same across versions. */
public enum Fault {
  /** The bytes are not the format they should be, or contradict themselves, or end too early. */
  MALFORMED_FILE("malformed_file"),
  /** The file is well formed, but its numbers are of a type that is not read here. */
  UNSUPPORTED_DTYPE("unsupported_dtype"),
  /** The file is well formed, but exceeds a limit of the reader. */
  TOO_LARGE("too_large");

  private final String code;

  Fault(String code) {
    this.code = code;
  }

  /**
   * Returns the stable code, such as {@code malformed_file}, used as the reason of a rejected
   * record.
   */
  public String code() {
    return code;
  }
}
