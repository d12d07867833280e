package io.batchnorm.job;

/** The job started and failed; the message is one sentence for the user. */
final class JobFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  JobFailedException(String message, Throwable cause) {
    super(message, cause);
  }
}
