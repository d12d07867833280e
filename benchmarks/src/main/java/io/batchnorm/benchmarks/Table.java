package io.batchnorm.benchmarks;

import java.util.List;
import java.util.Map;

/** Results for people. */
final class Table {
  private Table() {}

  static String of(List<Result> results) {
    int width = results.stream().mapToInt(row -> row.id().length()).max().orElse(2);
    String line = "%-" + width + "s  %10s  %10s  %-9s  %6s  %s%n";
    StringBuilder table = new StringBuilder();
    table.append(line.formatted("id", "ours", "other", "unit", "ratio", "of the rounds"));
    for (Result row : results) {
      table.append(
          line.formatted(
              row.id(),
              abbreviated(row.ours()),
              abbreviated(row.other()),
              row.unit(),
              "%.2f".formatted(row.ratio()),
              "%.2f to %.2f".formatted(row.ratioLow(), row.ratioHigh())));
    }
    String mean = "%-" + width + "s  %41.2f  geometric mean%n";
    GeometricMeans.of(results).forEach((id, ratio) -> table.append(mean.formatted(id, ratio)));
    return table.append(profiles(results)).toString();
  }

  /** What was measured besides, where there is something. */
  private static String profiles(List<Result> results) {
    StringBuilder text = new StringBuilder();
    for (Result row : results) {
      text.append(profile(row.id() + ", ours", row.oursProfile()));
      text.append(profile(row.id() + ", other", row.otherProfile()));
    }
    return text.toString();
  }

  private static String profile(String name, Map<String, Double> profile) {
    StringBuilder text = new StringBuilder();
    profile.forEach(
        (what, value) -> text.append("%n  %10s  %s".formatted(abbreviated(value), what)));
    return text.isEmpty() ? "" : "%n%s%s%n".formatted(name, text);
  }

  /** 2,345,000,000 as 2.35 G. */
  private static String abbreviated(double value) {
    if (value >= 1e9) {
      return "%.2f G".formatted(value / 1e9);
    }
    if (value >= 1e6) {
      return "%.2f M".formatted(value / 1e6);
    }
    return value >= 1e3 ? "%.2f k".formatted(value / 1e3) : "%.2f".formatted(value);
  }
}
