package io.batchnorm.job.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Cuts a script at the semicolons that end its statements: not those in {@code 'text'}, in {@code
 * `names`}, in comments ({@code -- to the end of the line} and {@code /* between *}{@code /}), or
 * between BEGIN and END of a statement set. Hints, {@code /*+ between *}{@code /}, are no comments.
 */
public final class SqlScript {
  private static final Pattern OPEN_SET =
      Pattern.compile("(?is)\\s*(EXPLAIN\\s+)?EXECUTE\\s+STATEMENT\\s+SET\\s+BEGIN\\b.*");
  private static final Pattern CLOSED_SET = Pattern.compile("(?is).*;\\s*END\\s*");

  private final String script;
  private final List<SqlStatement> statements = new ArrayList<>();
  private final StringBuilder current = new StringBuilder();
  private int at;

  private SqlScript(String script) {
    this.script = script;
  }

  /**
   * The statements of a script, in order. One without a semicolon may be the last.
   *
   * @throws MalformedScriptException if a quote or comment never ends
   */
  public static List<SqlStatement> parse(String script) throws MalformedScriptException {
    SqlScript parser = new SqlScript(script);
    while (parser.at < script.length()) {
      parser.step();
    }
    parser.finish();
    return List.copyOf(parser.statements);
  }

  private void step() throws MalformedScriptException {
    char next = script.charAt(at);
    if (next == '\'' || next == '`') {
      take(endOf(String.valueOf(next), "quote " + next, 1));
    } else if (script.startsWith("--", at)) {
      int end = script.indexOf('\n', at);
      blank(end < 0 ? script.length() : end);
    } else if (script.startsWith("/*+", at)) {
      take(endOf("*/", "hint /*+", 3));
    } else if (script.startsWith("/*", at)) {
      blank(endOf("*/", "comment /*", 2));
    } else if (next == ';' && !isWithinSet()) {
      finish();
      blank(at + 1);
    } else {
      take(at + 1);
    }
  }

  private boolean isWithinSet() {
    return OPEN_SET.matcher(current).matches() && !CLOSED_SET.matcher(current).matches();
  }

  /** Where what opens here has closed. */
  private int endOf(String closing, String what, int opening) throws MalformedScriptException {
    int end = script.indexOf(closing, at + opening);
    if (end < 0) {
      throw new MalformedScriptException("line %d: the %s never ends".formatted(lineOf(at), what));
    }
    return end + closing.length();
  }

  private void take(int end) {
    current.append(script, at, end);
    at = end;
  }

  /** Spaces in place of what is there, so that positions stay. */
  private void blank(int end) {
    for (; at < end; at++) {
      current.append(script.charAt(at) == '\n' ? '\n' : ' ');
    }
  }

  private int lineOf(int position) {
    return 1 + (int) script.substring(0, position).chars().filter(c -> c == '\n').count();
  }

  /** The statement up to here. All before it is blank then. */
  private void finish() {
    String text = current.toString();
    if (!text.isBlank()) {
      int start = text.length() - text.stripLeading().length();
      statements.add(new SqlStatement(text.stripTrailing(), lineOf(start)));
    }
    for (int i = 0; i < current.length(); i++) {
      if (current.charAt(i) != '\n') {
        current.setCharAt(i, ' ');
      }
    }
  }
}
