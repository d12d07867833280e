package io.batchnorm.benchmarks;

import io.batchnorm.benchmarks.kernel.KernelRows;
import io.batchnorm.benchmarks.keys.KeysRows;
import io.batchnorm.benchmarks.pipeline.PipelineRows;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code Main RESULTS [--quick] [--rounds N] [--list] [FILTER...]}: measures the rows whose ids
 * contain one of the filters, or all. A table goes to standard output. RESULTS is brought up to
 * date after every round, except by {@code --quick}, whose numbers are too short to keep.
 */
public final class Main {
  private Main() {}

  /** Every row there is, in the order of the results. */
  static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    rows.addAll(KernelRows.all());
    rows.addAll(PipelineRows.all());
    rows.addAll(KeysRows.all());
    return rows;
  }

  public static void main(String[] args) throws IOException {
    List<String> options = new ArrayList<>(List.of(args));
    Path results = Path.of(options.remove(0));
    boolean quick = options.remove("--quick");
    boolean list = options.remove("--list");
    Effort full = full(options);
    List<Row> chosen = chosen(options);
    if (list) {
      chosen.forEach(row -> System.out.println(row.id()));
      return;
    }
    Suite suite = new Suite(chosen, quick ? Effort.QUICK : full, System.err::println);
    ResultsFile file = new ResultsFile(results);
    List<String> order = rows().stream().map(Row::id).toList();
    List<Result> measured = suite.run(quick ? soFar -> {} : soFar -> file.replace(soFar, order));
    System.out.printf("%s%n%s%n%n%s", Machine.name(), Machine.jvm(), Table.of(measured));
  }

  /**
   * Takes {@code --rounds N} out of the options.
   *
   * @throws IllegalArgumentException if N is no number above 0
   */
  static Effort full(List<String> options) {
    int at = options.indexOf("--rounds");
    if (at < 0) {
      return Effort.FULL;
    }
    options.remove(at);
    String rounds = at < options.size() ? options.remove(at) : "missing";
    if (!rounds.matches("[1-9][0-9]{0,3}")) {
      throw new IllegalArgumentException("--rounds is %s, wanted 1 to 9999".formatted(rounds));
    }
    return Effort.FULL.withRounds(Integer.parseInt(rounds));
  }

  /**
   * @throws IllegalArgumentException if a filter is in no id
   */
  static List<Row> chosen(List<String> filters) {
    for (String filter : filters) {
      if (rows().stream().noneMatch(row -> row.id().contains(filter))) {
        throw new IllegalArgumentException(
            "no row's id contains %s; benchmarks/run --list shows them all".formatted(filter));
      }
    }
    return rows().stream()
        .filter(row -> filters.isEmpty() || filters.stream().anyMatch(row.id()::contains))
        .toList();
  }
}
