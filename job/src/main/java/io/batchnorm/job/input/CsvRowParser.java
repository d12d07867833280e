package io.batchnorm.job.input;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.RejectedRecord;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns rows of one table into samples; ids are row numbers from 1, not counting the header. */
final class CsvRowParser {
  /** What Java's parser takes beyond decimal numbers: type suffixes and hexadecimal. */
  private static final Pattern NO_NUMBER = Pattern.compile("(?s).*([dDfF]\\s*|[xX].*)");

  /** As NumPy and C write them. */
  private static final Pattern NON_FINITE =
      Pattern.compile("\\s*([+-]?)(?:(nan)|inf(?:inity)?)\\s*", Pattern.CASE_INSENSITIVE);

  /** What a decoder puts in place of bytes that are no text. */
  private static final char UNDECODABLE = '\uFFFD';

  private static final Pattern MILLISECONDS = Pattern.compile("-?\\d{1,18}");

  private static final int MAX_SHOWN = 60;

  private final CsvColumns columns;
  private final int width;
  private final int keyIndex;
  private final int[] featureIndexes;
  private final int timeIndex;

  CsvRowParser(CsvColumns columns, List<String> header) {
    this.columns = columns;
    this.width = header.size();
    this.keyIndex = header.indexOf(columns.key());
    this.featureIndexes = columns.features().stream().mapToInt(header::indexOf).toArray();
    this.timeIndex = columns.time() == null ? -1 : header.indexOf(columns.time());
  }

  CsvRow parse(long number, List<String> fields) {
    String id = Long.toString(number);
    String key = fields.size() > keyIndex ? fields.get(keyIndex) : "";
    try {
      checkRow(fields, key);
      float[] values = new float[featureIndexes.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = number(columns.features().get(i), fields.get(featureIndexes[i]));
      }
      long time = timeIndex < 0 ? Long.MIN_VALUE : time(fields.get(timeIndex));
      FeatureMap features = FeatureMap.of(values, 1, values.length);
      return new CsvRow(FeatureBatch.of(key, id, features), null, time);
    } catch (MalformedRow e) {
      String message = "row %d: %s".formatted(number, e.getMessage());
      return new CsvRow(
          null,
          new RejectedRecord(key, id, RejectionReason.MALFORMED_INPUT, message),
          Long.MIN_VALUE);
    }
  }

  private void checkRow(List<String> fields, String key) throws MalformedRow {
    if (fields.size() != width) {
      throw new MalformedRow(
          "it has %d fields, wanted the %d of the header".formatted(fields.size(), width));
    }
    if (key.isEmpty()) {
      throw new MalformedRow("column %s is empty, wanted a key".formatted(columns.key()));
    }
    if (key.indexOf(UNDECODABLE) >= 0) {
      throw new MalformedRow(
          "column %s is \"%s\", which is not UTF-8; convert the file"
              .formatted(columns.key(), shown(key)));
    }
  }

  private static float number(String column, String text) throws MalformedRow {
    Matcher nonFinite = NON_FINITE.matcher(text);
    if (nonFinite.matches()) {
      String infinity = "-".equals(nonFinite.group(1)) ? "-Infinity" : "Infinity";
      return Float.parseFloat(nonFinite.group(2) == null ? infinity : "NaN");
    }
    if (!NO_NUMBER.matcher(text).matches()) {
      try {
        return Float.parseFloat(text);
      } catch (NumberFormatException e) {
        // Told below, in words of the table.
      }
    }
    throw new MalformedRow("column %s is \"%s\", wanted a number".formatted(column, shown(text)));
  }

  private static String shown(String text) {
    return text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "..." : text;
  }

  private long time(String text) throws MalformedRow {
    try {
      return MILLISECONDS.matcher(text).matches()
          ? Long.parseLong(text)
          : Instant.parse(text).toEpochMilli();
    } catch (DateTimeParseException | ArithmeticException e) {
      throw new MalformedRow(
          "column %s is \"%s\", wanted milliseconds since 1970 or a time such as 2010-07-10T12:00:05Z"
              .formatted(columns.time(), shown(text)));
    }
  }

  private static final class MalformedRow extends Exception {
    private static final long serialVersionUID = 1L;

    MalformedRow(String message) {
      super(message, null, false, false);
    }
  }
}
