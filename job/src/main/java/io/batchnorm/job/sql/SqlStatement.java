package io.batchnorm.job.sql;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A statement of a script.
 *
 * @param text without comments and semicolon, behind as many empty lines and spaces as there is
 *     script before it, so that positions in Flink's messages are those of the script
 * @param line where it begins, from 1
 */
public record SqlStatement(String text, int line) {
  private static final int SHOWN = 60;

  /** Flink's own syntax of settings, which sessions carry out and planners do not know. */
  private static final Pattern SETTING =
      Pattern.compile("(?is)\\s*SET\\s+'((?:[^']|'')*)'\\s*=\\s*'((?:[^']|'')*)'\\s*");

  private static final Pattern WRITES =
      Pattern.compile("(?is)\\s*(INSERT|EXECUTE\\s+STATEMENT\\s+SET|UPDATE|DELETE)\\b.*");

  /**
   * A setting.
   *
   * @param key its name
   * @param value what it is set to
   */
  record Setting(String key, String value) {}

  /** The setting that it makes, or null if it is another statement. */
  Setting setting() {
    Matcher matcher = SETTING.matcher(text);
    return matcher.matches()
        ? new Setting(matcher.group(1).replace("''", "'"), matcher.group(2).replace("''", "'"))
        : null;
  }

  /** Whether it fills tables, and has no result but that. */
  boolean writes() {
    return WRITES.matcher(text).matches();
  }

  /** Its beginning, in one line. */
  public String shown() {
    String words = text.strip().replaceAll("\\s+", " ");
    return words.length() > SHOWN ? words.substring(0, SHOWN) + "..." : words;
  }
}
