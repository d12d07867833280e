package io.batchnorm.job;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.flink.util.TimeUtils;

/** Durations on the command line, as Flink writes them. */
final class Durations {
  private static final Duration MAX = Duration.ofDays(36_500);

  private Durations() {}

  /** Parses {@code text}, null for none, or adds to {@code faults} why it cannot. */
  static Optional<Duration> parse(String option, String text, Duration min, List<String> faults) {
    if (text == null) {
      return Optional.empty();
    }
    try {
      Duration duration = TimeUtils.parseDuration(text);
      if (duration.compareTo(min) >= 0 && duration.compareTo(MAX) <= 0) {
        return Optional.of(duration);
      }
    } catch (IllegalArgumentException | ArithmeticException e) {
      // Told below, with an example.
    }
    faults.add(
        "%s is \"%s\", wanted %d ms or more, such as 500ms, 10s or 5min"
            .formatted(option, text, min.toMillis()));
    return Optional.empty();
  }
}
