package io.batchnorm.job;

import io.batchnorm.exchange.ExchangeException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/** Exceptions in words for people. */
final class FailureText {
  private FailureText() {}

  /** One sentence about what went wrong with a file. */
  static String of(Exception e) {
    if (e instanceof ExchangeException) {
      return e.getMessage();
    }
    if (e instanceof NoSuchFileException missing) {
      return "there is no file %s".formatted(missing.getFile());
    }
    if (e instanceof AccessDeniedException denied) {
      return "%s may not be read by this user".formatted(denied.getFile());
    }
    return e instanceof IOException ? "it cannot be read: " + e.getMessage() : e.getMessage();
  }

  /** The deepest cause that says something, in one line. */
  static String ofFailure(Throwable failure) {
    Throwable cause = failure;
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t.getMessage() != null) {
        cause = t;
      }
    }
    String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    String firstLine = message.lines().findFirst().orElse("");
    return cause instanceof Error || cause instanceof RuntimeException
        ? cause.getClass().getSimpleName() + ": " + firstLine
        : firstLine;
  }
}
