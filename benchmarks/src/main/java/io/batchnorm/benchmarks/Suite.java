package io.batchnorm.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** Measures row after row, and then all of them again; both sides of a row in turns. */
final class Suite {
  /** What becomes of the results so far. */
  interface Keeper {
    void keep(List<Result> results) throws IOException;
  }

  private final Effort effort;
  private final Consumer<String> progress;
  private final List<Taken> rows;

  /**
   * @param progress hears what is measured next
   */
  Suite(List<Row> rows, Effort effort, Consumer<String> progress) {
    this.effort = effort;
    this.progress = progress;
    this.rows = rows.stream().map(Taken::nothing).toList();
  }

  /** What was measured of a row. */
  private record Taken(Row row, Samples ours, Samples other) {
    static Taken nothing(Row row) {
      return new Taken(row, new Samples(), new Samples());
    }
  }

  /**
   * @param keeper gets the results after every round, those of all rounds so far
   */
  List<Result> run(Keeper keeper) throws IOException {
    List<Result> results = List.of();
    for (int round = 1; round <= effort.rounds(); round++) {
      int done = 0;
      for (Taken taken : rows) {
        progress.accept(
            "round %d of %d, %d of %d: %s"
                .formatted(round, effort.rounds(), ++done, rows.size(), taken.row().id()));
        measure(taken);
      }
      results = rows.stream().map(t -> Result.of(t.row(), t.ours(), t.other())).toList();
      keeper.keep(results);
    }
    return results;
  }

  private void measure(Taken taken) {
    RoundOfBoth round = together(taken.row()).orElseGet(() -> apart(taken.row()));
    taken.ours().addRound(round.ours());
    taken.other().addRound(round.other());
  }

  private Optional<RoundOfBoth> together(Row row) {
    try {
      return row.ours().together(row.other(), effort);
    } catch (RuntimeException e) {
      throw new IllegalStateException(
          "%s and %s: %s".formatted(row.ours().name(), row.other().name(), e.getMessage()), e);
    }
  }

  private RoundOfBoth apart(Row row) {
    try (Turns turns = new Turns(2)) {
      AtomicReference<IllegalStateException> failed = new AtomicReference<>();
      CompletableFuture<Round> ours = started(row.ours(), turns, failed);
      CompletableFuture<Round> other = started(row.other(), turns, failed);
      CompletableFuture.allOf(ours, other).exceptionally(failure -> null).join();
      if (failed.get() != null) {
        throw failed.get();
      }
      return new RoundOfBoth(ours.join(), other.join());
    }
  }

  /**
   * @param failed gets the failure, unless the other side was first. A failure ends the other side,
   *     too, which would wait for its turn for ever
   */
  private CompletableFuture<Round> started(
      Measurement measurement, Turns turns, AtomicReference<IllegalStateException> failed) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return measurement.round(effort, turns);
          } catch (RuntimeException | Error e) {
            String message = "%s: %s".formatted(measurement.name(), e.getMessage());
            failed.compareAndSet(null, new IllegalStateException(message, e));
            turns.close();
            throw e;
          }
        },
        work -> new Thread(work).start());
  }
}
