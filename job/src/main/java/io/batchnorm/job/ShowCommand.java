package io.batchnorm.job;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import io.batchnorm.core.Affine;
import io.batchnorm.core.Fingerprint;
import io.batchnorm.core.RunningStatistics;
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
    description =
        "Shows the statistics in a safetensors file or a savepoint of Flink, a line for each key.")
final class ShowCommand implements ConsoleCommand {
  private static final JsonFactory JSON =
      JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "The safetensors file, or the folder of a savepoint")
  String file;

  @Option(
      names = "--key",
      paramLabel = "K",
      description = "Show this key alone, a line for each channel")
  String key;

  @Option(names = "--json", description = "Print one JSON object a key and line, for programs")
  boolean json;

  private final StatisticsInput input = new StatisticsInput();

  @Override
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    if (file == null) {
      faults.add("the file to show is missing");
      return faults;
    }
    input.check(file, faults).ifPresent(statistics -> checkKey(statistics, faults));
    return faults;
  }

  private void checkKey(LearnedStatistics statistics, List<String> faults) {
    if (key != null && !statistics.byKey().containsKey(key)) {
      faults.add(
          "--key: %s has no key \"%s\" among its %d"
              .formatted(file, key, statistics.byKey().size()));
    }
  }

  @Override
  public int run(Console console) throws UsageException, JobFailedException {
    LearnedStatistics statistics = input.read(file);
    List<String> faults = new ArrayList<>();
    checkKey(statistics, faults);
    if (!faults.isEmpty()) {
      throw new UsageException(faults);
    }
    SortedMap<String, RunningStatistics> shown =
        key == null ? statistics.byKey() : new TreeMap<>(Map.of(key, statistics.byKey().get(key)));
    try {
      if (json) {
        printJson(shown, statistics, console.out());
      } else if (key != null) {
        printChannels(shown.get(key), statistics.frozen(key), console.out());
      } else {
        printTable(statistics, console.out());
      }
      return 0;
    } catch (IOException e) {
      throw new JobFailedException(FailureText.ofFailure(e), e);
    }
  }

  private static void printTable(LearnedStatistics learned, PrintStream out) {
    SortedMap<String, RunningStatistics> byKey = learned.byKey();
    int width = byKey.keySet().stream().mapToInt(String::length).max().orElse(0);
    String line = "%-" + Math.max(3, width) + "s %8s %9s  %-27s  %-27s%s%n";
    out.printf(line, "key", "channels", "batches", "mean from .. to", "std from .. to", "  frozen");
    byKey.forEach(
        (key, statistics) ->
            out.printf(
                line,
                key,
                statistics.numFeatures(),
                statistics.numBatchesTracked(),
                range(statistics.means()),
                range(Arrays.stream(statistics.vars()).map(Math::sqrt).toArray()),
                learned.frozen(key) ? "  yes" : ""));
    out.printf(
        "%s%s%s, fingerprint %s%n",
        Counted.keys(byKey.size()),
        learned.metadata().containsKey("averaging")
            ? ", " + learned.metadata().get("averaging") + " averaging"
            : "",
        learned.ignoredTensors() > 0
            ? ", %,d other tensors".formatted(learned.ignoredTensors())
            : "",
        Fingerprint.shortOf(byKey));
  }

  private static String range(double[] values) {
    return String.format(
        Locale.ROOT,
        "%12.5g .. %12.5g",
        Arrays.stream(values).min().orElse(Double.NaN),
        Arrays.stream(values).max().orElse(Double.NaN));
  }

  private static void printChannels(RunningStatistics statistics, boolean frozen, PrintStream out) {
    out.printf("batches %d%s%n", statistics.numBatchesTracked(), frozen ? ", frozen" : "");
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

  private static void printJson(
      SortedMap<String, RunningStatistics> byKey, LearnedStatistics learned, PrintStream out)
      throws IOException {
    for (Map.Entry<String, RunningStatistics> entry : byKey.entrySet()) {
      try (JsonGenerator json = JSON.createGenerator(out)) {
        RunningStatistics statistics = entry.getValue();
        json.writeStartObject();
        json.writeStringField("key", entry.getKey());
        json.writeBooleanField("frozen", learned.frozen(entry.getKey()));
        json.writeNumberField("num_batches_tracked", statistics.numBatchesTracked());
        if (statistics.count() != RunningStatistics.UNKNOWN_COUNT) {
          json.writeNumberField("count", statistics.count());
        }
        writeArray(json, "running_mean", statistics.means());
        writeArray(json, "running_var", statistics.vars());
        if (statistics.affine().isPresent()) {
          writeAffine(json, statistics.affine().get());
        }
        json.writeEndObject();
        json.writeRaw('\n');
      }
    }
  }

  private static void writeAffine(JsonGenerator json, Affine affine) throws IOException {
    if (affine.hasWeight()) {
      writeArray(json, "weight", affine.weights());
    }
    if (affine.hasBias()) {
      writeArray(json, "bias", affine.biases());
    }
  }

  /** Float by float, for a double of the same value has other digits. */
  private static void writeArray(JsonGenerator json, String name, float[] values)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (float value : values) {
      json.writeNumber(value);
    }
    json.writeEndArray();
  }

  private static void writeArray(JsonGenerator json, String name, double[] values)
      throws IOException {
    json.writeFieldName(name);
    json.writeArray(values, 0, values.length);
  }
}
