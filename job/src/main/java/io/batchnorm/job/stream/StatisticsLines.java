package io.batchnorm.job.stream;

import io.batchnorm.core.RejectionReason;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.RejectedRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/** Takes pieces of a file, cut anywhere, and makes statistics of its lines. */
final class StatisticsLines {
  private final Path file;
  private final int maxLineBytes;
  private final Consumer<RejectedRecord> rejected;
  private final NewestStatistics newest = new NewestStatistics();
  private final ByteArrayOutputStream unfinished = new ByteArrayOutputStream();
  private long added;
  private long number;
  private boolean skipping;

  /**
   * @param from where the first piece comes from
   * @param maxLineBytes lines above this are rejected, and never held
   */
  StatisticsLines(
      Path file, FilePosition from, int maxLineBytes, Consumer<RejectedRecord> rejected) {
    this.file = file;
    this.maxLineBytes = maxLineBytes;
    this.rejected = rejected;
    this.added = from.offset();
    this.number = from.lines();
    this.skipping = from.skipping();
  }

  /** The next bytes of the file. */
  void add(byte[] bytes, int length) {
    int start = 0;
    for (int i = 0; i < length; i++) {
      if (bytes[i] == '\n') {
        endLine(bytes, start, i - start);
        start = i + 1;
      }
    }
    hold(bytes, start, length - start);
    added += length;
  }

  /** Nothing comes any more: what there is of a last line is a line. */
  void end() {
    if (unfinished.size() > 0) {
      endLine(new byte[0], 0, 0);
    }
  }

  private void endLine(byte[] bytes, int start, int length) {
    if (unfinished.size() == 0 && length <= maxLineBytes && !skipping) {
      number++;
      parse(bytes, start, length);
      return;
    }
    hold(bytes, start, length);
    number++;
    if (!skipping) {
      parse(unfinished.toByteArray(), 0, unfinished.size());
    }
    unfinished.reset();
    skipping = false;
  }

  private void hold(byte[] bytes, int start, int length) {
    if (skipping) {
      return;
    }
    if (unfinished.size() + length > maxLineBytes) {
      skipping = true;
      unfinished.reset();
      reject("", number + 1, "it has more than %,d bytes".formatted(maxLineBytes));
    } else {
      unfinished.write(bytes, start, length);
    }
  }

  private void parse(byte[] bytes, int start, int length) {
    if (isBlank(bytes, start, length)) {
      return;
    }
    try {
      newest.add(StatisticsJson.read(new ByteArrayInputStream(bytes, start, length)));
    } catch (MalformedStatisticsException e) {
      reject(e.key(), number, e.getMessage());
    }
  }

  private static boolean isBlank(byte[] bytes, int start, int length) {
    for (int i = start; i < start + length; i++) {
      if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') {
        return false;
      }
    }
    return true;
  }

  private void reject(String key, long line, String sentence) {
    rejected.accept(
        new RejectedRecord(
            key,
            "line " + line,
            RejectionReason.MALFORMED_STATISTICS,
            "line %d of %s: %s".formatted(line, file, sentence)));
  }

  /** Where to go on: behind the last line, or within one that is being skipped. */
  long offset() {
    return added - unfinished.size();
  }

  /** Lines so far, from the start of the file. */
  long number() {
    return number;
  }

  /** Whether the offset lies within a line that is too long. */
  boolean isSkipping() {
    return skipping;
  }

  /** What the lines say, folded. */
  Map<String, KeyStatistics> newest() {
    return newest.byKey();
  }
}
