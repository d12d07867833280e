package io.batchnorm.job.demo;

import io.batchnorm.core.Moments;
import io.batchnorm.core.RunningStatistics;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;

/**
 * What became of each key, a line per channel.
 *
 * @param valuesPerBatch values of a channel in a full batch
 * @param before moments of the raw data
 * @param after moments of the normalized data
 * @param learned statistics that the job wrote
 * @param rejected records by key
 */
public record DemoTable(
    List<String> channels,
    int valuesPerBatch,
    SortedMap<String, Moments> before,
    SortedMap<String, Moments> after,
    Map<String, RunningStatistics> learned,
    Map<String, Long> rejected) {

  public void print(PrintStream out) {
    String head = "%-11s %-11s %-11s %-18s %-18s %-18s %s%n";
    out.printf(head, "", "", "batches", "before", "after", "running", "");
    String pair = "    mean      std";
    out.printf(head, "key", "channel", "learn+eval", pair, pair, pair, "rejected");
    before.forEach((key, moments) -> printKey(key, moments, out));
  }

  private void printKey(String key, Moments raw, PrintStream out) {
    RunningStatistics statistics = learned.get(key);
    Moments normalized = after.get(key);
    long batches = (normalized.count() + valuesPerBatch - 1) / valuesPerBatch;
    for (int c = 0; c < channels.size(); c++) {
      out.printf(
          Locale.ROOT,
          "%-11s %-11s %5d+%-5d %-18s %-18s %-18s %8d%n",
          c == 0 ? key : "",
          channels.get(c),
          statistics.numBatchesTracked(),
          batches - statistics.numBatchesTracked(),
          pair(raw.mean(c), raw.biasedVar(c)),
          pair(normalized.mean(c), normalized.biasedVar(c)),
          pair(statistics.mean(c), statistics.var(c)),
          rejected.getOrDefault(key, 0L));
    }
  }

  private static String pair(double mean, double var) {
    return String.format(Locale.ROOT, "%8.3f %8.3f", mean, Math.sqrt(var));
  }
}
