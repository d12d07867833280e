package io.batchnorm.benchmarks;

import java.util.List;

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
    return table.toString();
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
