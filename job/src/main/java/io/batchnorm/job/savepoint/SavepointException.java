package io.batchnorm.job.savepoint;

import java.io.IOException;

/** A savepoint that cannot be read or written. The message is one sentence for the user. */
public final class SavepointException extends IOException {
  private static final long serialVersionUID = 1L;

  SavepointException(String message) {
    super(message);
  }

  SavepointException(String message, Throwable cause) {
    super(message, cause);
  }
}
