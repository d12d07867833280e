package io.batchnorm.job;

import java.io.PrintStream;

/**
 * Where a command prints: results to {@code out}, everything else to {@code err}. Progress is shown
 * only on a terminal, which the launcher tells.
 */
record Console(PrintStream out, PrintStream err) {
  /** System property by which the launcher says that standard error is a terminal. */
  static final String TERMINAL = "batchnorm.terminal";

  /** System property by which the launcher says where the log is. */
  static final String LOG = "batchnorm.log";

  boolean isTerminal() {
    return Boolean.getBoolean(TERMINAL);
  }
}
