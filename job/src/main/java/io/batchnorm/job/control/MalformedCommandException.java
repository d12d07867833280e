package io.batchnorm.job.control;

/** A command that cannot be carried out; nothing has changed. It carries no stack trace. */
public final class MalformedCommandException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String key;

  /**
   * @param key it speaks of, empty if unknown
   * @param message what came and what was wanted
   */
  public MalformedCommandException(String key, String message) {
    super(message, null, false, false);
    this.key = key;
  }

  public String key() {
    return key;
  }
}
