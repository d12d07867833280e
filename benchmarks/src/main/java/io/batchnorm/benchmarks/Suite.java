package io.batchnorm.benchmarks;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Takes the measurements of rows in turns: all of them, and then all of them again. */
final class Suite {
  /** What becomes of the results so far. */
  interface Keeper {
    void keep(List<Result> results) throws IOException;
  }

  private final List<Row> rows;
  private final Effort effort;
  private final Consumer<String> progress;

  /**
   * @param progress hears what is measured next
   */
  Suite(List<Row> rows, Effort effort, Consumer<String> progress) {
    this.rows = rows;
    this.effort = effort;
    this.progress = progress;
  }

  /**
   * @param keeper gets the results after every round, those of all rounds so far
   */
  List<Result> run(Keeper keeper) throws IOException {
    Map<Measurement, Samples> taken = new LinkedHashMap<>();
    for (Row row : rows) {
      taken.put(row.ours(), new Samples());
      taken.put(row.other(), new Samples());
    }
    for (int round = 1; round <= effort.rounds(); round++) {
      int done = 0;
      for (Map.Entry<Measurement, Samples> entry : taken.entrySet()) {
        Measurement measurement = entry.getKey();
        progress.accept(
            "round %d of %d, %d of %d: %s"
                .formatted(round, effort.rounds(), ++done, taken.size(), measurement.name()));
        entry.getValue().addRound(measurement.round(effort));
      }
      keeper.keep(results(taken));
    }
    return results(taken);
  }

  private List<Result> results(Map<Measurement, Samples> taken) {
    return rows.stream()
        .map(row -> Result.of(row, taken.get(row.ours()), taken.get(row.other())))
        .toList();
  }
}
