package io.batchnorm.job.sql;

/** A script, or a statement of it, that cannot be carried out; the message is for its author. */
public final class MalformedScriptException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedScriptException(String message) {
    super(message);
  }
}
