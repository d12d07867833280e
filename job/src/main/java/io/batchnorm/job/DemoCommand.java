package io.batchnorm.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.batchnorm.core.Moments;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.demo.Demo;
import io.batchnorm.job.demo.DemoTable;
import io.batchnorm.job.demo.ImagesDemo;
import io.batchnorm.job.demo.SensorsDemo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code batchnorm demo}: runs {@code run} over bundled data and shows what it did. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100,
    description =
        "Normalizes bundled real data on an embedded Flink cluster, in less than a minute: learns,"
            + " freezes every key at a fixed batch, and serves the rest with the frozen"
            + " statistics.")
final class DemoCommand implements ConsoleCommand {
  private static final int BATCH_SIZE = 32;
  private static final String CONTROL = "control.jsonl";
  private static final List<Demo> DEMOS = List.of(new ImagesDemo(), new SensorsDemo());

  @Parameters(
      arity = "0..1",
      paramLabel = "images|sensors",
      defaultValue = "images",
      description = {
        "images   2,000 images of clothes, keyed by class",
        "sensors  18,760 readings of humidity and temperature, keyed by mote",
        "Default: images"
      })
  String name;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      description = "Folder for the data and the results. Default: ./batchnorm-demo")
  String output = "batchnorm-demo";

  @Override
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    if (DEMOS.stream().noneMatch(demo -> demo.name().equals(name))) {
      faults.add("there is no demo \"%s\", wanted images or sensors".formatted(name));
    }
    Location.path("--output", output, faults)
        .ifPresent(path -> checkOutput(path.resolve(name), faults));
    return faults;
  }

  /** Whatever is in the folder of an earlier demo is replaced, so it must be one. */
  private static void checkOutput(Path folder, List<String> faults) {
    new PathChecks(faults).folder("--output", folder);
    if (Files.isDirectory(folder) && !Files.exists(folder.resolve(CONTROL))) {
      faults.add(
          "--output: %s is there already and not from a demo, so it is not replaced; wanted"
                  .formatted(folder)
              + " another folder");
    }
  }

  @Override
  public int run(Console console) throws UsageException, JobFailedException {
    Demo demo = DEMOS.stream().filter(d -> d.name().equals(name)).findFirst().orElseThrow();
    try {
      show(demo, Path.of(output, demo.name()), console);
      return 0;
    } catch (IOException e) {
      throw new JobFailedException(FailureText.ofFailure(e), e);
    }
  }

  private static void show(Demo demo, Path folder, Console console)
      throws IOException, UsageException, JobFailedException {
    for (String part : List.of("input", "normalized", "rejected")) {
      delete(folder.resolve(part));
    }
    console.out().println(demo.description());
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve(CONTROL),
        "{\"command\":\"freeze\",\"key\":\"*\",\"after_batches\":%d}%n"
            .formatted(demo.freezeAfter()));
    SortedMap<String, Moments> before = demo.unpack(folder);
    List<String> arguments = arguments(demo, folder, folder.resolve("input").toString());
    RunCommand run = new RunCommand();
    new CommandLine(run)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .parseArgs(arguments.toArray(new String[0]));
    JobRunner.runEmbedded(RunOptions.of(run).orThrow(), console);

    console.out().println();
    table(demo, folder, before).print(console.out());
    printWhere(demo, folder, console);
  }

  private static List<String> arguments(Demo demo, Path folder, String input) {
    List<String> arguments = new ArrayList<>(demo.input(input));
    arguments.addAll(
        List.of(
            "--output", demo.output(folder.resolve("normalized").toString()),
            "--rejected", "jsonl:" + folder.resolve("rejected"),
            "--control", "jsonl:" + folder.resolve(CONTROL),
            "--batch-size", Integer.toString(BATCH_SIZE),
            "--statistics-out", folder.resolve("statistics.safetensors").toString()));
    arguments.addAll(demo.settings());
    return arguments;
  }

  private static DemoTable table(Demo demo, Path folder, SortedMap<String, Moments> before)
      throws IOException {
    SortedMap<String, Moments> after = demo.normalized(folder.resolve("normalized"));
    return new DemoTable(
        demo.channels(),
        BATCH_SIZE * demo.valuesPerSample(),
        before,
        after,
        StatisticsFile.read(folder.resolve("statistics.safetensors")).byKey(),
        rejected(folder.resolve("rejected")));
  }

  private static Map<String, Long> rejected(Path folder) throws IOException {
    Map<String, Long> byKey = new HashMap<>();
    if (!Files.isDirectory(folder)) {
      return byKey;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        try (MappingIterator<JsonNode> lines =
            new JsonMapper().readerFor(JsonNode.class).readValues(file.toFile())) {
          while (lines.hasNext()) {
            byKey.merge(lines.next().get("key").textValue(), 1L, Long::sum);
          }
        }
      }
    }
    return byKey;
  }

  private static void printWhere(Demo demo, Path folder, Console console) {
    String own = String.join(" ", arguments(demo, Path.of("OUT"), "YOUR-DATA"));
    console
        .out()
        .printf(
            "%nEvery key learned from its first %d batches of %d and was frozen then (%s);%n"
                + "the rest was normalized by the frozen statistics.%n%n"
                + "normalized output  %s%n"
                + "statistics         %s%n%n"
                + "The same on data of your own:%n  ./batchnorm run %s%n",
            demo.freezeAfter(),
            BATCH_SIZE,
            folder.resolve(CONTROL),
            folder.resolve("normalized"),
            folder.resolve("statistics.safetensors"),
            own.replaceAll(" --control \\S+", " --freeze-after " + demo.freezeAfter())
                .replace("/readings.csv", ".csv"));
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
        Files.delete(file);
      }
    }
  }
}
