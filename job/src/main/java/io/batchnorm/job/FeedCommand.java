package io.batchnorm.job;

import io.batchnorm.job.demo.Demo;
import io.batchnorm.job.demo.ImagesDemo;
import io.batchnorm.job.demo.SensorsDemo;
import io.batchnorm.job.input.Inputs;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code batchnorm feed}: puts files into a topic, for {@code run} to read. */
@Command(
    name = "feed",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100,
    description = "Puts arrays, images or rows into a topic as the records that run reads.",
    footer = {
      "",
      "Example: batchnorm feed --input demo:images --output kafka:images \\",
      "           --kafka-bootstrap localhost:9092 --kafka-create-topics 3"
    })
final class FeedCommand implements ConsoleCommand {
  private static final List<Demo> DEMOS = List.of(new ImagesDemo(), new SensorsDemo());
  private static final String DEMO = "demo:";

  @Option(
      names = "--input",
      paramLabel = "URI",
      description = {
        "npy:DIR     each DIR/KEY/**/*.npy, as it is",
        "images:DIR  each image DIR/KEY/** as a sample (C,H,W) in [0,1]",
        "csv:FILE    each row as a sample (C); see --key-column",
        "demo:images or demo:sensors, bundled data"
      })
  String input;

  @Option(names = "--output", paramLabel = "kafka:TOPIC", description = "The topic")
  String output;

  @Option(
      names = "--key-column",
      paramLabel = "NAME",
      description = "csv: the column that holds the key")
  String keyColumn;

  @Option(
      names = "--feature-columns",
      paramLabel = "A,B",
      split = ",",
      description = "csv: the columns that are the channels")
  List<String> featureColumns;

  @Option(
      names = "--time-column",
      paramLabel = "NAME",
      description = "csv: the column that becomes the records' time")
  String timeColumn;

  @Mixin KafkaCommandOptions kafka = new KafkaCommandOptions();

  /** Checked once: it asks brokers. */
  private RunOptions.Checked checked;

  @Override
  public List<String> faults() {
    return checked().faults();
  }

  private RunOptions.Checked checked() {
    if (checked == null) {
      checked = check();
    }
    return checked;
  }

  private RunOptions.Checked check() {
    if (output != null && !output.startsWith(Location.KAFKA + ":")) {
      return fault("--output is \"%s\", wanted kafka:TOPIC".formatted(output));
    }
    if (kafka.delivery == null) {
      // The records are new; nobody is helped by seeing them late.
      kafka.delivery = "at-least-once";
    }
    try {
      return RunOptions.of(command());
    } catch (IOException e) {
      return fault("--input: the data cannot be unpacked: " + FailureText.of(e));
    }
  }

  private static RunOptions.Checked fault(String sentence) {
    return new RunOptions.Checked(null, List.of(sentence));
  }

  /** The same as a run, of which all but the normalization is done. */
  private RunCommand command() throws IOException {
    RunCommand run = new RunCommand();
    Optional<Demo> demo =
        DEMOS.stream().filter(candidate -> (DEMO + candidate.name()).equals(input)).findFirst();
    if (demo.isPresent()) {
      Path folder = unpacked(demo.get());
      List<String> arguments = demo.get().input(folder.resolve("input").toString());
      new CommandLine(run).parseArgs(arguments.toArray(new String[0]));
    } else {
      run.input = input;
      run.keyColumn = keyColumn;
      run.featureColumns = featureColumns;
      run.timeColumn = timeColumn;
    }
    run.output = output;
    run.kafka = kafka;
    return run;
  }

  private static Path unpacked(Demo demo) throws IOException {
    Path folder = Files.createTempDirectory("batchnorm-feed");
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> TemporaryFolder.remove(folder), "remove unpacked data"));
    demo.unpack(folder);
    return folder;
  }

  @Override
  public int run(Console console) throws UsageException, JobFailedException {
    RunOptions options = checked().orThrow();
    options.kafka().createMissing();
    try {
      StreamExecutionEnvironment env = EmbeddedCluster.environment(options.engine());
      build(options, env);
      JobRunner.execute(env, "fed", console);
      return 0;
    } catch (Exception e) {
      throw JobRunner.failed(FailureText.ofFailure(e), e);
    }
  }

  /** In one task: a topic's order is that of the files. */
  private static void build(RunOptions options, StreamExecutionEnvironment env) {
    env.setParallelism(1);
    RunJob job = new RunJob(options);
    Inputs inputs = job.fitting(job.inputs(env));
    SingleOutputStreamOperator<FeatureBatch> counted =
        inputs
            .batches()
            .map(new Tally.OfBatches())
            .returns(BatchNormTypes.FEATURE_BATCH)
            .uid("count")
            .name("count");
    options
        .kafka()
        .output(options.output().topic())
        .features(counted, options.kafka().format(), options.samples(), timed(options));
    job.writeRejected(inputs.rejected(), env);
  }

  private static boolean timed(RunOptions options) {
    return options.columns() != null && options.columns().time() != null;
  }
}
