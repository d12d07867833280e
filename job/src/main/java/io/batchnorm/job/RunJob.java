package io.batchnorm.job;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.job.input.Inputs;
import io.batchnorm.job.output.Outputs;
import io.batchnorm.operator.BatchNormalization;
import io.batchnorm.operator.NormalizedStream;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** Wires the job: inputs, batch normalization, outputs. Nothing else. */
class RunJob {
  private final RunOptions options;

  RunJob(RunOptions options) {
    this.options = options;
  }

  void build(StreamExecutionEnvironment env) {
    Inputs inputs = inputs(env);
    NormalizedStream result = normalization(inputs).apply();
    writeNormalized(result.normalized());
    writeRejected(inputs.rejected().union(result.rejected()), env);
    if (options.statisticsOut() != null) {
      Outputs.statistics(
          result.statistics(), options.statisticsOut(), withCount(), metadata(), loaded());
    }
  }

  Inputs inputs(StreamExecutionEnvironment env) {
    return switch (options.input().scheme()) {
      case "images" -> Inputs.images(env, options.input().path());
      case "csv" -> Inputs.csv(env, options.input().path(), options.columns());
      default ->
          options.samples()
              ? Inputs.npySamples(env, options.input().path())
              : Inputs.npyBatches(env, options.input().path());
    };
  }

  private BatchNormalization normalization(Inputs inputs) {
    BatchNormalization normalization =
        options.samples()
            ? BatchNormalization.ofSamples(inputs.batches(), options.batchSize())
            : BatchNormalization.ofBatches(inputs.batches());
    if (options.batchTimeout() != null) {
      normalization.batchTimeout(options.batchTimeout());
    }
    if (inputs.partitioned()) {
      normalization.alreadyPartitioned();
    }
    return normalization
        .config(options.config())
        .mode(options.mode())
        .initialStatistics(loaded())
        .directives(options.control().directives())
        .directives(options.freeze());
  }

  private Map<String, RunningStatistics> loaded() {
    return options.loaded() == null ? Map.of() : options.loaded().byKey();
  }

  private void writeNormalized(DataStream<NormalizedBatch> normalized) {
    DataStream<NormalizedBatch> counted =
        normalized
            .map(new Tally.OfNormalized())
            .returns(BatchNormTypes.NORMALIZED_BATCH)
            .uid("count")
            .name("count");
    switch (options.output().scheme()) {
      case "npy" -> Outputs.npy(counted, options.output().path(), options.samples());
      case "jsonl" -> Outputs.jsonl(counted, options.output().path(), options.samples());
      default -> counted.sinkTo(new DiscardingSink<>()).uid("output").name("output");
    }
  }

  private void writeRejected(DataStream<RejectedRecord> rejected, StreamExecutionEnvironment env) {
    DataStream<RejectedRecord> all = rejected;
    if (!options.control().rejected().isEmpty()) {
      DataStream<RejectedRecord> commands =
          env.fromData(BatchNormTypes.REJECTED_RECORD, rejectedCommands()).uid("commands");
      all = rejected.union(commands);
    }
    DataStream<RejectedRecord> counted =
        all.map(new Tally.OfRejected())
            .returns(BatchNormTypes.REJECTED_RECORD)
            .uid("count-rejected")
            .name("count-rejected")
            .setParallelism(1);
    if (options.rejected() == null) {
      counted.sinkTo(new DiscardingSink<>()).uid("rejected").name("rejected").setParallelism(1);
    } else {
      Outputs.rejected(counted, options.rejected());
    }
  }

  private RejectedRecord[] rejectedCommands() {
    return options.control().rejected().toArray(new RejectedRecord[0]);
  }

  /** Population statistics need their count to go on; loaded ones are written as they came. */
  private boolean withCount() {
    return options.mode() == Mode.EVAL
        || options.config().averaging().kind() == Averaging.Kind.POPULATION;
  }

  /** How the statistics were learned; in eval mode not by this run. */
  private Map<String, String> metadata() {
    if (options.mode() == Mode.EVAL && options.loaded() != null) {
      return options.loaded().metadata();
    }
    Averaging averaging = options.config().averaging();
    Map<String, String> metadata = new TreeMap<>();
    metadata.put("format", "pt");
    metadata.put("version", "2");
    metadata.put("eps", Double.toString(options.config().eps()));
    metadata.put("averaging", averaging.kind().code());
    if (averaging.kind() == Averaging.Kind.EXPONENTIAL) {
      metadata.put("momentum", Double.toString(averaging.momentum()));
    }
    return metadata;
  }
}
