package io.batchnorm.job;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code batchnorm statistics show}. */
@Command(
    name = "show",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100,
    description = "Shows the statistics in a safetensors file, a line for each key.")
final class ShowCommand implements ConsoleCommand {
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

  @Parameters(arity = "0..1", paramLabel = "FILE", description = "The safetensors file")
  String file;

  @Option(
      names = "--key",
      paramLabel = "K",
      description = "Show this key alone, a line for each channel")
  String key;

  @Option(names = "--json", description = "Print one JSON object a key and line, for programs")
  boolean json;

  @Override
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    if (file == null) {
      faults.add("the file to show is missing");
      return faults;
    }
    StatisticsInput.read(file, faults)
        .filter(statistics -> key != null && !statistics.byKey().containsKey(key))
        .ifPresent(
            statistics ->
                faults.add(
                    "--key: %s has no key \"%s\" among its %d"
                        .formatted(file, key, statistics.byKey().size())));
    return faults;
  }

  @Override
  public int run(Console console) throws UsageException, JobFailedException {
    List<String> faults = new ArrayList<>();
    StatisticsFile statistics =
        StatisticsInput.read(file, faults).orElseThrow(() -> new UsageException(faults));
    SortedMap<String, RunningStatistics> shown =
        key == null ? statistics.byKey() : new TreeMap<>(Map.of(key, statistics.byKey().get(key)));
    try {
      if (json) {
        printJson(shown, console.out());
      } else if (key != null) {
        printChannels(shown.get(key), console.out());
      } else {
        printTable(shown, statistics, console.out());
      }
      return 0;
    } catch (IOException e) {
      throw new JobFailedException(FailureText.ofFailure(e), e);
    }
  }

  private static void printTable(
      SortedMap<String, RunningStatistics> byKey, StatisticsFile file, PrintStream out) {
    int width = byKey.keySet().stream().mapToInt(String::length).max().orElse(0);
    String line = "%-" + Math.max(3, width) + "s %8s %9s  %-27s  %-27s%n";
    out.printf(line, "key", "channels", "batches", "mean from .. to", "std from .. to");
    byKey.forEach(
        (key, statistics) ->
            out.printf(
                line,
                key,
                statistics.numFeatures(),
                statistics.numBatchesTracked(),
                range(statistics.means()),
                range(Arrays.stream(statistics.vars()).map(Math::sqrt).toArray())));
    out.printf(
        "%,d keys%s%s%n",
        byKey.size(),
        file.metadata().containsKey("averaging")
            ? ", " + file.metadata().get("averaging") + " averaging"
            : "",
        file.ignoredTensors() > 0 ? ", %,d other tensors".formatted(file.ignoredTensors()) : "");
  }

  private static String range(double[] values) {
    return String.format(
        Locale.ROOT,
        "%12.5g .. %12.5g",
        Arrays.stream(values).min().orElse(Double.NaN),
        Arrays.stream(values).max().orElse(Double.NaN));
  }

  private static void printChannels(RunningStatistics statistics, PrintStream out) {
    out.printf("batches %d%n", statistics.numBatchesTracked());
    if (statistics.count() != RunningStatistics.UNKNOWN_COUNT) {
      out.printf("values per channel %d%n", statistics.count());
    }
    boolean affine = statistics.affine().isPresent();
    out.printf(
        "%7s %14s %14s%s%n",
        "channel", "mean", "std", affine ? " %14s %14s".formatted("weight", "bias") : "");
    for (int c = 0; c < statistics.numFeatures(); c++) {
      int channel = c;
      String parameters =
          statistics
              .affine()
              .map(a -> " %14.7g %14.7g".formatted(a.weight(channel), a.bias(channel)))
              .orElse("");
      out.printf(
          Locale.ROOT,
          "%7d %14.7g %14.7g%s%n",
          c,
          statistics.mean(c),
          Math.sqrt(statistics.var(c)),
          parameters);
    }
  }

  private static void printJson(SortedMap<String, RunningStatistics> byKey, PrintStream out)
      throws IOException {
    for (Map.Entry<String, RunningStatistics> entry : byKey.entrySet()) {
      try (JsonGenerator json = JSON.createGenerator(out)) {
        RunningStatistics statistics = entry.getValue();
        json.writeStartObject();
        json.writeStringField("key", entry.getKey());
        json.writeNumberField("num_batches_tracked", statistics.numBatchesTracked());
        if (statistics.count() != RunningStatistics.UNKNOWN_COUNT) {
          json.writeNumberField("count", statistics.count());
        }
        writeArray(json, "running_mean", statistics.means());
        writeArray(json, "running_var", statistics.vars());
        json.writeEndObject();
        json.writeRaw('\n');
      }
    }
  }

  private static void writeArray(JsonGenerator json, String name, double[] values)
      throws IOException {
    json.writeFieldName(name);
    json.writeArray(values, 0, values.length);
  }
}
