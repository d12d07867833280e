package io.batchnorm.job;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.core.execution.JobClient;

/** One line on a terminal that says how far a running job is. */
final class Progress {
  private static final int WIDTH = 78;

  private final PrintStream terminal;
  private final long start = System.nanoTime();

  Progress(PrintStream terminal) {
    this.terminal = terminal;
  }

  /** Shows the counts of now. While the job starts up there are none. */
  void show(JobClient client) throws InterruptedException {
    try {
      Map<String, Object> counts = client.getAccumulators().get(1, TimeUnit.SECONDS);
      double seconds = (System.nanoTime() - start) / 1e9;
      long values = Summary.count(counts, Tally.VALUES);
      print(
          String.format(
              Locale.ROOT,
              "%,d records  %,.0f values/s  %,d rejected",
              Summary.count(counts, Tally.RECORDS),
              values / seconds,
              Summary.count(counts, Tally.REJECTED)));
    } catch (ExecutionException | TimeoutException | IllegalStateException e) {
      // Counts are not to be had while a job starts or ends; the next call shows them.
      clear();
    }
  }

  void clear() {
    print("");
    terminal.print('\r');
    terminal.flush();
  }

  private void print(String text) {
    terminal.print("\r" + text + " ".repeat(Math.max(0, WIDTH - text.length())));
    terminal.flush();
  }
}
