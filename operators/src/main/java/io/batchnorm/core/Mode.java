package io.batchnorm.core;

import java.util.Locale;

/** Which statistics normalize a batch. */
public enum Mode {
  /** Its own, and the running ones learn from it. */
  TRAIN,
  /** The running ones, which do not change. */
  EVAL,
  /** A blend of the running ones, which do not change, and its own. */
  ADAPT;

  /** The name in files and on the command line. */
  public String code() {
    return name().toLowerCase(Locale.ROOT);
  }
}
