package io.batchnorm.job;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * What a finished job says about itself.
 *
 * @param counts by name, as {@link Tally} counted them
 */
record Summary(Map<String, Object> counts, double seconds) {

  static long count(Map<String, Object> counts, String name) {
    return counts.get(name) instanceof Long count ? count : 0;
  }

  long normalized() {
    return count(counts, Tally.RECORDS);
  }

  long rejected() {
    return count(counts, Tally.REJECTED);
  }

  void print(PrintStream out) {
    print("normalized", out);
  }

  /**
   * @param done what was done to the records
   */
  void print(String done, PrintStream out) {
    out.printf(
        Locale.ROOT,
        "%s %,d records (%,d values), rejected %,d, in %.1f s%n",
        done,
        normalized(),
        count(counts, Tally.VALUES),
        rejected(),
        seconds);
    String prefix = Tally.REJECTED + ".";
    for (String name : new TreeSet<>(counts.keySet())) {
      if (name.startsWith(prefix)) {
        out.printf(
            Locale.ROOT, "  %s: %,d%n", name.substring(prefix.length()), count(counts, name));
      }
    }
    printExamples(out);
  }

  private void printExamples(PrintStream out) {
    if (counts.get(Tally.OfRejected.EXAMPLES) instanceof List<?> examples && !examples.isEmpty()) {
      out.println(examples.size() < rejected() ? "the first of them:" : "they are:");
      examples.forEach(example -> out.println("  " + example));
    }
  }
}
