package io.batchnorm.job;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.Mode;
import io.batchnorm.core.NonFinite;
import io.batchnorm.core.UnknownKey;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code batchnorm run}: holds the options as given; {@link RunOptions} checks them. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100,
    description =
        "Normalizes a stream, learns its statistics by key (train) or serves with them (eval).",
    footer = {
      "",
      "Exit status: 0 done (rejected records are counted), 1 the job failed, 2 bad arguments.",
      "",
      "Example: batchnorm run --input images:photos --output npy:out --freeze-after 100 \\",
      "           --statistics-out statistics.safetensors"
    })
final class RunCommand implements ConsoleCommand {
  @Option(
      names = "--input",
      paramLabel = "URI",
      description = {
        "npy:DIR     each DIR/KEY/**/*.npy is a batch (N,C,*) of KEY, in order of paths",
        "images:DIR  each image DIR/KEY/** is a sample (C,H,W) in [0,1]",
        "csv:FILE    each row is a sample (C); see --key-column",
        "kafka:TOPIC each record is a batch of its key, from the committed offsets; see --format"
      })
  String input;

  @Option(
      names = "--output",
      paramLabel = "URI",
      description = {
        "npy:DIR     DIR/KEY/<id>.npy, float32",
        "jsonl:DIR   lines with key, id, mode, num_batches_tracked, shape, values",
        "kafka:TOPIC records with headers id, mode, numBatchesTracked; see --format",
        "none        nowhere (to learn statistics only)"
      })
  String output;

  @Option(
      names = "--mode",
      paramLabel = "train|eval",
      description =
          "train: normalize by batch statistics and learn; eval: by what was loaded."
              + " Default: train")
  Mode mode = Mode.TRAIN;

  @Option(
      names = "--momentum",
      paramLabel = "M",
      description = "Weight of the new batch, in [0,1]. Default: 0.1")
  Double momentum;

  @Option(
      names = "--averaging",
      paramLabel = "A",
      description =
          "exponential, cumulative (PyTorch's momentum=None) or population (all values,"
              + " exactly). Default: exponential")
  Averaging.Kind averaging = Averaging.Kind.EXPONENTIAL;

  @Option(
      names = "--eps",
      paramLabel = "E",
      description = "Added to the variance inside the root, above 0. Default: 1e-5")
  double eps = 1e-5;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description =
          "Inputs are samples; normalize N together. Default: 32 for images and csv;"
              + " npy and kafka inputs are batches unless given")
  Integer batchSize;

  @Option(
      names = "--batch-timeout",
      paramLabel = "D",
      description =
          "Let a sample wait for its batch no longer than this event time, such as 10s;"
              + " csv inputs want --time-column")
  String batchTimeout;

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
      description = "csv: the column that holds event time, ISO-8601 or milliseconds since 1970")
  String timeColumn;

  @Option(
      names = "--statistics-in",
      paramLabel = "F",
      description = "safetensors file of statistics to start from, as a PyTorch state_dict")
  String statisticsIn;

  @Option(
      names = "--statistics-out",
      paramLabel = "F",
      description = "safetensors file to write the statistics of all keys to")
  String statisticsOut;

  @Option(
      names = "--statistics-stream",
      paramLabel = "URI",
      description =
          "Also write statistics as they come, to jsonl:DIR (lines in DIR/statistics.jsonl) or"
              + " kafka:TOPIC: on freeze, when a command replaces them, at end of input")
  String statisticsStream;

  @Option(
      names = "--statistics-interval",
      paramLabel = "N",
      description = "Tell a key's statistics after every N of its batches, too")
  Long statisticsInterval;

  @Option(
      names = "--statistics-from",
      paramLabel = "URI",
      description =
          "eval mode: follow the statistics stream of a training job, jsonl:FILE or kafka:TOPIC;"
              + " new statistics of a key count for its later records")
  String statisticsFrom;

  @Option(
      names = "--hold",
      paramLabel = "N",
      description =
          "With --statistics-from, records per subtask that wait for the statistics of their key;"
              + " more are rejected. Default: 1000")
  Integer hold;

  @Option(
      names = "--adapt",
      paramLabel = "A",
      description =
          "eval mode: normalize by (1-A) * frozen + A * batch statistics, in [0,1]; what is frozen"
              + " stays. Default: 0")
  Double adapt;

  @Option(
      names = "--rejected",
      paramLabel = "URI",
      description = "Rejected records with key, id, reason, message: jsonl:DIR or kafka:TOPIC")
  String rejected;

  @Option(
      names = "--non-finite",
      paramLabel = "P",
      description =
          "reject batches with NaN or infinity, or propagate them as PyTorch does."
              + " Default: reject")
  NonFinite nonFinite = NonFinite.REJECT;

  @Option(
      names = "--unknown-key",
      paramLabel = "P",
      description =
          "In eval mode, reject a key without statistics, or normalize it by the initial"
              + " ones (mean 0, variance 1). Default: reject")
  UnknownKey unknownKey = UnknownKey.REJECT;

  @Option(
      names = "--control",
      paramLabel = "URI",
      description =
          "Commands in force before the first record, such as"
              + " {\"command\":\"freeze\",\"key\":\"*\",\"after_batches\":100}: jsonl:FILE, or"
              + " kafka:TOPIC of one partition, whose later records count as they come")
  String control;

  @Option(
      names = "--freeze-after",
      paramLabel = "N",
      description = "Freeze every key after its batch N")
  Long freezeAfter;

  @Option(
      names = "--channels-per-slice",
      paramLabel = "N",
      description =
          "Cut layers into slices of N channels that are normalized on any core, to the same bits:"
              + " for hot keys. Default: whole")
  Integer channelsPerSlice;

  @Option(
      names = "--state-ttl",
      paramLabel = "D",
      description =
          "Tell the last statistics of keys of which nothing came for this time, such as 7d, and"
              + " forget them, unless they are frozen. Default: never")
  String stateTtl;

  @Mixin KafkaCommandOptions kafka = new KafkaCommandOptions();

  @Option(
      names = "--parallelism",
      paramLabel = "P",
      description = "Default: the cluster's, or the number of cores")
  Integer parallelism;

  @Option(
      names = "--savepoint",
      paramLabel = "PATH",
      description =
          "Start from this savepoint or retained checkpoint, such as statistics import wrote")
  String savepoint;

  @Option(
      names = "--checkpoint-dir",
      paramLabel = "DIR",
      description = "Take checkpoints into this folder of any file system that Flink knows")
  String checkpointDir;

  @Option(
      names = "--checkpoint-interval",
      paramLabel = "D",
      description =
          "Time between checkpoints, such as 10s. Default: 10s with --checkpoint-dir or topics,"
              + " else none")
  String checkpointInterval;

  @Option(
      names = "--state-backend",
      paramLabel = "B",
      description = "hashmap or rocksdb. Default: the cluster's, or hashmap")
  String stateBackend;

  /** Whether statistics to start from must say how many values are behind them. */
  boolean wantsCount() {
    return mode == Mode.TRAIN && averaging == Averaging.Kind.POPULATION;
  }

  /** Whether any URI is that of a topic, though perhaps an impossible one. */
  boolean meansTopics() {
    return Stream.of(input, output, rejected, statisticsStream, statisticsFrom, control)
        .anyMatch(uri -> uri != null && uri.startsWith(Location.KAFKA + ":"));
  }

  /** Checked once: it asks brokers. */
  private RunOptions.Checked checked;

  @Override
  public List<String> faults() {
    return checked().faults();
  }

  private RunOptions.Checked checked() {
    if (checked == null) {
      checked = RunOptions.of(this);
    }
    return checked;
  }

  @Override
  public int run(Console console) throws UsageException, JobFailedException {
    RunOptions options = checked().orThrow();
    JobRunner.run(options, console);
    return 0;
  }
}
