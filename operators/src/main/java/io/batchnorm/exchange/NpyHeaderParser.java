package io.batchnorm.exchange;

import java.util.Arrays;

/**
 * Reads the one Python dict literal a {@code .npy} header may be, in one pass and without
 * evaluating anything:
 *
 * <pre>
 * header = "{" [ entry { "," entry } [ "," ] ] "}"
 * entry  = "'descr'" ":" string | "'fortran_order'" ":" ( "True" | "False" ) | "'shape'" ":" tuple
 * tuple  = "(" ")" | "(" number "," ")" | "(" number "," number { "," number } [ "," ] ")"
 * number = "0" | digit 1 to 9 { digit } , optionally followed by Python 2's "L"
 * </pre>
 *
 * <p>Strings have single or double quotes and no escapes. Blanks may stand between any two words.
 * Each of the three keys comes exactly once, in any order.
 */
final class NpyHeaderParser {

  private final String text;
  private final String file;
  private int at;

  private String descr;
  private Boolean fortranOrder;
  private long[] shape;

  NpyHeaderParser(String text, String file) {
    this.text = text;
    this.file = file;
  }

  /**
   * Reads the whole text; then the three values are there.
   *
   * @throws ExchangeException if it is not such a header, or describes a structured type
   */
  void parse() throws ExchangeException {
    expect('{');
    while (!accept('}')) {
      entry();
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skipBlanks();
    if (at < text.length()) {
      throw bad("nothing after the closing brace");
    }
    if (descr == null || fortranOrder == null || shape == null) {
      throw ExchangeException.malformed(
          file,
          "the header %s lacks a key, expected 'descr', 'fortran_order' and 'shape'"
              .formatted(Texts.quote(text)));
    }
  }

  String descr() {
    return descr;
  }

  boolean fortranOrder() {
    return fortranOrder;
  }

  long[] shape() {
    return shape;
  }

  private void entry() throws ExchangeException {
    String key = string();
    expect(':');
    switch (key) {
      case "descr" -> {
        checkNew(key, descr);
        descr = typeString();
      }
      case "fortran_order" -> {
        checkNew(key, fortranOrder);
        fortranOrder = bool();
      }
      case "shape" -> {
        checkNew(key, shape);
        shape = tuple();
      }
      default ->
          throw ExchangeException.malformed(
              file,
              "the header has the key %s, expected only 'descr', 'fortran_order' and 'shape'"
                  .formatted(Texts.quote(key)));
    }
  }

  private void checkNew(String key, Object known) throws ExchangeException {
    if (known != null) {
      throw ExchangeException.malformed(
          file, "the header has the key '%s' twice, expected it once".formatted(key));
    }
  }

  private String typeString() throws ExchangeException {
    skipBlanks();
    if (peek() == '[' || peek() == '(') {
      throw ExchangeException.unsupported(
          file,
          "its elements are structured, expected plain numbers; save one field with"
              + " np.save(f, a['field'].astype(np.float32))");
    }
    return string();
  }

  private String string() throws ExchangeException {
    skipBlanks();
    char quote = peek();
    if (quote != '\'' && quote != '"') {
      throw bad("a string in quotes");
    }
    int start = at + 1;
    int end = text.indexOf(quote, start);
    if (end < 0 || text.substring(start, end).indexOf('\\') >= 0) {
      throw bad("a string that ends and has no backslash");
    }
    at = end + 1;
    return text.substring(start, end);
  }

  private boolean bool() throws ExchangeException {
    skipBlanks();
    for (String word : new String[] {"True", "False"}) {
      if (text.startsWith(word, at)) {
        at += word.length();
        return word.equals("True");
      }
    }
    throw bad("True or False");
  }

  private long[] tuple() throws ExchangeException {
    expect('(');
    long[] dimensions = new long[Shapes.MAX_RANK];
    int rank = 0;
    boolean comma = true;
    while (!accept(')')) {
      if (!comma) {
        throw bad("',' or ')' after a dimension");
      }
      if (rank == dimensions.length) {
        throw ExchangeException.tooLarge(
            file, "shape has more than %d dimensions".formatted(Shapes.MAX_RANK));
      }
      dimensions[rank++] = number();
      comma = accept(',');
    }
    if (rank == 1 && !comma) {
      throw bad("a tuple for shape, which with one number ends in ',)'");
    }
    return Arrays.copyOf(dimensions, rank);
  }

  private long number() throws ExchangeException {
    skipBlanks();
    int start = at;
    while (peek() >= '0' && peek() <= '9') {
      at++;
    }
    String digits = text.substring(start, at);
    if (digits.isEmpty() || (digits.length() > 1 && digits.charAt(0) == '0')) {
      at = start;
      throw bad("a dimension, a whole number that is not negative");
    }
    accept('L');
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      throw ExchangeException.malformed(
          file, "shape has the dimension %s, above 2^63".formatted(Texts.clean(digits)));
    }
  }

  private void expect(char wanted) throws ExchangeException {
    if (!accept(wanted)) {
      throw bad("'" + wanted + "'");
    }
  }

  private boolean accept(char wanted) {
    skipBlanks();
    boolean there = peek() == wanted;
    if (there) {
      at++;
    }
    return there;
  }

  private void skipBlanks() {
    while (at < text.length() && " \t\n\r\f".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  /** Returns the character at hand, or NUL, which the grammar does not know, at the end. */
  private char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private ExchangeException bad(String wanted) {
    String found = at < text.length() ? Texts.quote(text.substring(at)) : "its end";
    return ExchangeException.malformed(
        file, "the header has %s at position %d, expected %s".formatted(found, at, wanted));
  }
}
