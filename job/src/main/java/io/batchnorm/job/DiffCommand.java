package io.batchnorm.job;

import io.batchnorm.core.ChannelDifference;
import io.batchnorm.core.RunningStatistics;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code batchnorm statistics diff}. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100,
    description = {
      "Tells how far two files or savepoints lie apart, channel by channel, the worst first.",
      "The distance of a channel is the larger of |mean shift in standard deviations| and",
      "|ln(variance ratio)|."
    },
    footer = {"", "Exit status: 0 all within the tolerance, 3 some are not, 2 bad arguments."})
final class DiffCommand implements ConsoleCommand {
  static final int DIFFERENT = 3;

  @Parameters(
      arity = "0..2",
      paramLabel = "FILE",
      description = "Two safetensors files or savepoints")
  List<String> files = new ArrayList<>();

  @Option(
      names = "--tolerance",
      paramLabel = "T",
      description = "The largest distance that counts as equal. Default: 0")
  double tolerance;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Show the N worst channels. Default: 20")
  int limit = 20;

  private final StatisticsInput input = new StatisticsInput();

  private record Difference(String key, ChannelDifference channel) {}

  @Override
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    if (files.size() != 2) {
      faults.add("diff wants two files, there are %d".formatted(files.size()));
    }
    files.forEach(file -> input.check(file, faults));
    if (!(tolerance >= 0)) {
      faults.add("--tolerance is %s, wanted 0 or more".formatted(tolerance));
    }
    if (limit < 0) {
      faults.add("--limit is %d, wanted 0 or more".formatted(limit));
    }
    return faults;
  }

  @Override
  public int run(Console console) throws UsageException, JobFailedException {
    LearnedStatistics a = input.read(files.get(0));
    LearnedStatistics b = input.read(files.get(1));
    return compare(a.byKey(), b.byKey(), console.out()) ? 0 : DIFFERENT;
  }

  private boolean compare(
      SortedMap<String, RunningStatistics> a,
      SortedMap<String, RunningStatistics> b,
      PrintStream out) {
    boolean lonelyA = printLonely(a, b, files.get(0), out);
    boolean lonelyB = printLonely(b, a, files.get(1), out);
    List<Difference> differences = new ArrayList<>();
    boolean sameWidths = true;
    for (Map.Entry<String, RunningStatistics> entry : a.entrySet()) {
      RunningStatistics other = b.get(entry.getKey());
      if (other == null) {
        continue;
      }
      if (other.numFeatures() != entry.getValue().numFeatures()) {
        sameWidths = false;
        out.printf(
            "key %s has %d channels in %s and %d in %s%n",
            entry.getKey(),
            entry.getValue().numFeatures(),
            files.get(0),
            other.numFeatures(),
            files.get(1));
        continue;
      }
      ChannelDifference.between(entry.getValue(), other).stream()
          .map(channel -> new Difference(entry.getKey(), channel))
          .forEach(differences::add);
    }
    differences.sort(
        Comparator.<Difference>comparingDouble(d -> -worst(d)).thenComparing(Difference::key));
    print(differences, out);
    boolean within = differences.stream().allMatch(d -> worst(d) <= tolerance);
    return !lonelyA && !lonelyB && sameWidths && within;
  }

  /** NaN is as far as can be. */
  private static double worst(Difference difference) {
    double distance = difference.channel().distance();
    return Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance;
  }

  private static boolean printLonely(
      SortedMap<String, RunningStatistics> of,
      SortedMap<String, RunningStatistics> other,
      String file,
      PrintStream out) {
    SortedSet<String> lonely = new TreeSet<>(of.keySet());
    lonely.removeAll(other.keySet());
    lonely.forEach(key -> out.printf("key %s is in %s alone%n", key, file));
    return !lonely.isEmpty();
  }

  private void print(List<Difference> differences, PrintStream out) {
    long beyond = differences.stream().filter(d -> worst(d) > tolerance).count();
    out.printf(
        Locale.ROOT,
        "%,d of %,d channels differ by more than %s%n",
        beyond,
        differences.size(),
        tolerance);
    List<Difference> shown =
        differences.stream().filter(d -> worst(d) > tolerance).limit(limit).toList();
    if (shown.isEmpty()) {
      return;
    }
    int width = shown.stream().mapToInt(d -> d.key().length()).max().orElse(0);
    String key = "%-" + Math.max(3, width) + "s ";
    out.printf(
        key + "%7s %12s %12s %12s%n", "key", "channel", "distance", "mean shift", "var ratio");
    for (Difference difference : shown) {
      ChannelDifference channel = difference.channel();
      out.printf(
          Locale.ROOT,
          key + "%7d %12.5g %12.5g %12.5g%n",
          difference.key(),
          channel.channel(),
          channel.distance(),
          channel.meanShift(),
          channel.varRatio());
    }
  }
}
