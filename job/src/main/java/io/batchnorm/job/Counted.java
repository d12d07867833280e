package io.batchnorm.job;

import java.util.Locale;

/** Numbers of things, in words. */
final class Counted {
  private Counted() {}

  /** Such as {@code 1 key} or {@code 100,000 keys}. */
  static String keys(long count) {
    return String.format(Locale.ROOT, "%,d %s", count, count == 1 ? "key" : "keys");
  }
}
