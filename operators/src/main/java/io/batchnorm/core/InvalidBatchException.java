package io.batchnorm.core;

import java.util.Objects;

/**
 * The input cannot be normalized; nothing has changed. Bad data is ordinary in a stream, so this
 * carries no stack trace: operators turn it into a rejected record.
 */
public final class InvalidBatchException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final RejectionReason reason;

  /**
   * @param message what came, what was wanted, how to fix it
   */
  public InvalidBatchException(RejectionReason reason, String message) {
    super(message);
    this.reason = Objects.requireNonNull(reason);
  }

  public RejectionReason reason() {
    return reason;
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}
