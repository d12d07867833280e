package io.batchnorm.job;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.Mode;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.input.Inputs;
import io.batchnorm.job.output.Outputs;
import io.batchnorm.job.output.StatisticsFormat;
import io.batchnorm.job.stream.StatisticsStream;
import io.batchnorm.operator.BatchNormServing;
import io.batchnorm.operator.BatchNormalization;
import io.batchnorm.operator.NormalizedStream;
import io.batchnorm.operator.ServedStream;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
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
    if (options.served()) {
      buildServing(env, inputs);
    } else {
      NormalizedStream result = normalization(inputs).apply();
      writeNormalized(result.normalized());
      writeRejected(inputs.rejected().union(result.rejected()), env);
      writeStatistics(result.statistics());
    }
  }

  private void buildServing(StreamExecutionEnvironment env, Inputs inputs) {
    BatchNormServing serving = serving(inputs);
    DataStream<RejectedRecord> rejected = inputs.rejected();
    if (options.statistics().from() != null) {
      StatisticsStream.Followed followed =
          StatisticsStream.follow(
              env,
              options.statistics().from(),
              options.statistics().content().end(),
              inputs.batches());
      serving.following(followed.updates()).hold(options.statistics().hold());
      rejected = rejected.union(followed.rejected());
    }
    ServedStream result = serving.apply();
    writeNormalized(result.normalized());
    writeRejected(rejected.union(result.rejected()), env);
  }

  Inputs inputs(StreamExecutionEnvironment env) {
    boolean keyed = !options.served() || adaptsInBatches();
    return switch (options.input().scheme()) {
      case "images" -> Inputs.images(env, options.input().path(), keyed);
      case "csv" -> Inputs.csv(env, options.input().path(), options.columns());
      default ->
          options.samples()
              ? Inputs.npySamples(env, options.input().path(), keyed)
              : Inputs.npyBatches(env, options.input().path(), keyed);
    };
  }

  private boolean adaptsInBatches() {
    return options.adapt() > 0 && options.samples();
  }

  private BatchNormServing serving(Inputs inputs) {
    BatchNormServing serving =
        BatchNormServing.of(inputs.batches(), options.statistics().loaded())
            .config(options.config())
            .adapt(options.adapt());
    if (options.samples()) {
      serving.batches(options.batchSize(), options.batchTimeout());
    }
    if (inputs.partitioned()) {
      serving.alreadyPartitioned();
    }
    return serving;
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
    if (options.statistics().interval() > 0) {
      normalization.statisticsEvery(options.statistics().interval());
    }
    return normalization
        .config(options.config())
        .mode(options.mode())
        .initialStatistics(options.statistics().loaded())
        .directives(options.control().directives())
        .directives(options.freeze());
  }

  /** Where it was normalized, it is counted and written. */
  private void writeNormalized(DataStream<NormalizedBatch> normalized) {
    SingleOutputStreamOperator<NormalizedBatch> counted =
        normalized
            .map(new Tally.OfNormalized())
            .returns(BatchNormTypes.NORMALIZED_BATCH)
            .uid("count")
            .name("count")
            .setParallelism(normalized.getParallelism());
    switch (options.output().scheme()) {
      case "npy" -> Outputs.npy(counted, options.output().path(), options.samples());
      case "jsonl" -> Outputs.jsonl(counted, options.output().path(), options.samples());
      default -> Outputs.none(counted);
    }
  }

  private void writeRejected(DataStream<RejectedRecord> rejected, StreamExecutionEnvironment env) {
    DataStream<RejectedRecord> all = rejected;
    if (!rejectedLines().isEmpty()) {
      RejectedRecord[] lines = rejectedLines().toArray(new RejectedRecord[0]);
      all = rejected.union(env.fromData(BatchNormTypes.REJECTED_RECORD, lines).uid("commands"));
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

  /** Of the files that were read before the first record: commands, and statistics to follow. */
  private List<RejectedRecord> rejectedLines() {
    List<RejectedRecord> lines = new ArrayList<>(options.control().rejected());
    if (options.statistics().content() != null) {
      lines.addAll(options.statistics().content().rejected());
    }
    return lines;
  }

  private void writeStatistics(DataStream<KeyStatistics> statistics) {
    if (options.statistics().out() != null) {
      Outputs.statistics(
          statistics, options.statistics().out(), format(), options.statistics().loaded());
    }
    if (options.statistics().stream() != null) {
      StatisticsStream.write(statistics, options.statistics().stream());
    }
  }

  /**
   * Population statistics need their count to go on. In eval mode nothing was learned, and what was
   * loaded is written as it came.
   */
  private StatisticsFormat format() {
    boolean eval = options.mode() == Mode.EVAL;
    boolean population = options.config().averaging().kind() == Averaging.Kind.POPULATION;
    Map<String, String> metadata =
        eval && options.statistics().in() != null
            ? options.statistics().in().metadata()
            : StatisticsFile.metadata(options.config());
    return new StatisticsFormat(eval || population, eval, metadata);
  }
}
