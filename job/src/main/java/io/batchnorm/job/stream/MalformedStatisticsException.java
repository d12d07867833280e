package io.batchnorm.job.stream;

/** JSON that is no statistics. The message says in one sentence what came and what was wanted. */
public final class MalformedStatisticsException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String key;

  public MalformedStatisticsException(String key, String message) {
    super(message, null, false, false);
    this.key = key;
  }

  /** Whose statistics they would have been; empty if the fault came before the key. */
  public String key() {
    return key;
  }
}
