package io.batchnorm.job;

import io.batchnorm.exchange.ExchangeException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;

/** Exceptions in words for people. */
final class FailureText {
  /** What Flink says of a savepoint whose job had other operators. */
  private static final String UNMAPPED_STATE = "Cannot map checkpoint/savepoint state for operator";

  private FailureText() {}

  /** One sentence about what went wrong with a file that was to be read. */
  static String of(Exception e) {
    if (e instanceof ExchangeException) {
      return e.getMessage();
    }
    if (e instanceof CharacterCodingException) {
      return "it is no text in UTF-8";
    }
    if (e instanceof FileSystemException failure) {
      return ofFile(failure);
    }
    return e instanceof IOException ? "it cannot be read: " + e.getMessage() : e.getMessage();
  }

  /** The message of most of these is the bare path. */
  private static String ofFile(FileSystemException e) {
    String file = e.getFile();
    if (e instanceof NoSuchFileException) {
      return "there is no file %s".formatted(file);
    }
    if (e instanceof AccessDeniedException) {
      return "this user may not read or write %s".formatted(file);
    }
    if (e instanceof FileAlreadyExistsException) {
      return "%s is a file where a folder is wanted".formatted(file);
    }
    if (e instanceof FileSystemLoopException) {
      return "%s is a symbolic link to a folder around it".formatted(file);
    }
    return e.getMessage();
  }

  /** The deepest cause that says something, in one line. */
  static String ofFailure(Throwable failure) {
    Throwable cause = failure;
    Throwable root = failure;
    for (Throwable t = failure; t != null; t = t.getCause()) {
      root = t;
      if (t.getMessage() != null) {
        cause = t;
      }
    }
    if (cause instanceof FileSystemException file) {
      return ofFile(file);
    }
    if (cause.getMessage() != null && cause.getMessage().contains(UNMAPPED_STATE)) {
      return "the savepoint holds state of a part that this run does not have, such as"
          + " --statistics-stream or --channels-per-slice; run with the options that it was taken"
          + " with, or carry the statistics over by statistics export and import";
    }
    String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    String firstLine = message.lines().findFirst().orElse("");
    if (root != cause) {
      firstLine += " (caused by " + root.getClass().getSimpleName() + ")";
    }
    return cause instanceof IOException
        ? firstLine
        : cause.getClass().getSimpleName() + ": " + firstLine;
  }
}
