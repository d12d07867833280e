package io.batchnorm.exchange;

/** Text that comes from files and goes into messages. */
final class Texts {

  private static final int MAX_CHARS = 100;

  private Texts() {}

  /** Returns text in quotes, on one line and at most 100 characters long. */
  static String quote(String text) {
    return "'" + clean(text) + "'";
  }

  /** Returns text on one line of printable characters, at most 100 of them. */
  static String clean(String text) {
    StringBuilder line = new StringBuilder();
    int end = Math.min(text.length(), MAX_CHARS);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      boolean printable = !Character.isISOControl(c) && !Character.isSurrogate(c);
      line.append(printable ? c : '?');
    }
    return text.length() > end ? line + "..." : line.toString();
  }

  /** Returns whether every surrogate is part of a pair, so that UTF-8 can spell the text. */
  static boolean isUnicode(String text) {
    return text.codePoints().noneMatch(Texts::isHalfOfPair);
  }

  private static boolean isHalfOfPair(int codePoint) {
    return Character.MIN_SURROGATE <= codePoint && codePoint <= Character.MAX_SURROGATE;
  }
}
