package io.batchnorm.job;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.Mode;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.input.Inputs;
import io.batchnorm.job.kafka.KafkaControl;
import io.batchnorm.job.kafka.KafkaInput;
import io.batchnorm.job.kafka.KafkaStatistics;
import io.batchnorm.job.kafka.RecordSizes;
import io.batchnorm.job.kafka.SizeGuard;
import io.batchnorm.job.output.Outputs;
import io.batchnorm.job.output.StatisticsFormat;
import io.batchnorm.job.stream.StatisticsStream;
import io.batchnorm.operator.BatchNormServing;
import io.batchnorm.operator.BatchNormalization;
import io.batchnorm.operator.NormalizedStream;
import io.batchnorm.operator.ServedStream;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    Inputs inputs = fitting(inputs(env));
    if (options.served()) {
      buildServing(env, inputs);
    } else {
      BatchNormalization normalization = normalization(inputs);
      DataStream<RejectedRecord> rejected = inputs.rejected();
      if (options.live().control() == null) {
        normalization.directives(options.control().directives());
      } else {
        KafkaControl.Followed control = control(env);
        normalization.control(options.control().directives(), control.directives());
        rejected = rejected.union(control.rejected());
      }
      NormalizedStream result = normalization.directives(options.freeze()).apply();
      if (options.channelsPerSlice() > 0 && options.output().scheme().equals("none")) {
        countSlices(result.slices());
      } else {
        writeNormalized(result.normalized());
      }
      writeRejected(rejected.union(result.rejected()), env);
      writeStatistics(result.statistics());
    }
  }

  private KafkaControl.Followed control(StreamExecutionEnvironment env) {
    boolean wantsCount =
        options.mode() == Mode.TRAIN
            && options.config().averaging().kind() == Averaging.Kind.POPULATION;
    return KafkaControl.follow(
        env,
        options.kafka().connection(),
        options.live().control(),
        options.live().controlEnds(),
        wantsCount);
  }

  private void buildServing(StreamExecutionEnvironment env, Inputs inputs) {
    BatchNormServing serving = serving(inputs);
    DataStream<RejectedRecord> rejected = inputs.rejected();
    Optional<StatisticsStream.Followed> followed = followed(env, inputs);
    if (followed.isPresent()) {
      serving.following(followed.get().updates()).hold(options.statistics().hold());
      rejected = rejected.union(followed.get().rejected());
    }
    ServedStream result = serving.apply();
    writeNormalized(result.normalized());
    writeRejected(rejected.union(result.rejected()), env);
  }

  private Optional<StatisticsStream.Followed> followed(
      StreamExecutionEnvironment env, Inputs inputs) {
    StatisticsOptions statistics = options.statistics();
    if (options.live().statistics() != null) {
      return Optional.of(
          KafkaStatistics.follow(
              env,
              options.kafka().connection(),
              options.live().statistics(),
              options.live().statisticsEnds()));
    }
    return statistics.from() == null
        ? Optional.empty()
        : Optional.of(
            StatisticsStream.follow(
                env, statistics.from(), statistics.content().end(), inputs.batches()));
  }

  Inputs inputs(StreamExecutionEnvironment env) {
    boolean keyed = !options.served() || adaptsInBatches();
    return switch (options.input().scheme()) {
      case "images" -> Inputs.images(env, options.input().path(), keyed);
      case "csv" -> Inputs.csv(env, options.input().path(), options.columns());
      case Location.KAFKA -> topic().read(env, options.kafka().connection());
      default ->
          options.samples()
              ? Inputs.npySamples(env, options.input().path(), keyed)
              : Inputs.npyBatches(env, options.input().path(), keyed);
    };
  }

  private KafkaInput topic() {
    return new KafkaInput(
        options.input().topic(),
        options.kafka().format(),
        options.samples(),
        options.kafka().inputEnds(),
        options.batchTimeout() != null,
        options.kafka().maxBytes());
  }

  /** What would become too large for a topic is rejected before it is normalized. */
  final Inputs fitting(Inputs inputs) {
    KafkaOptions kafka = options.kafka();
    RecordSizes.Limit output = kafka == null ? null : kafka.limit(options.output());
    RecordSizes.Limit learned = kafka == null ? null : kafka.limit(options.statistics().stream());
    if (output == null && learned == null) {
      return inputs;
    }
    SingleOutputStreamOperator<FeatureBatch> guarded =
        SizeGuard.of(inputs.batches(), new RecordSizes(kafka.format(), output, learned));
    return new Inputs(
        guarded, inputs.partitioned(), inputs.rejected().union(SizeGuard.rejected(guarded)));
  }

  private boolean adaptsInBatches() {
    return options.adapt() > 0 && options.samples();
  }

  private BatchNormServing serving(Inputs inputs) {
    BatchNormServing serving =
        BatchNormServing.of(inputs.batches(), options.statistics().loaded())
            .config(options.config())
            .adapt(options.adapt())
            .inPlace();
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
    if (options.channelsPerSlice() > 0) {
      normalization.channelsPerSlice(options.channelsPerSlice());
    }
    if (options.stateTtl() != null) {
      normalization.stateTtl(options.stateTtl());
    }
    if (options.statistics().interval() > 0) {
      normalization.statisticsEvery(options.statistics().interval());
    }
    return normalization
        .config(options.config())
        .mode(options.mode())
        .inPlace()
        .initialStatistics(options.statistics().loaded());
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
      case Location.KAFKA ->
          options
              .kafka()
              .output(options.output().topic())
              .normalized(
                  counted, options.kafka().format(), options.samples(), options.input().isTopic());
      default -> Outputs.none(counted);
    }
  }

  /** Where nobody wants whole records, they are not put together. */
  private static void countSlices(DataStream<BatchPiece> slices) {
    DataStream<BatchPiece> counted =
        slices
            .map(new Tally.OfSlices())
            .returns(BatchNormTypes.BATCH_PIECE)
            .uid("count")
            .name("count")
            .setParallelism(slices.getParallelism());
    Outputs.none(counted);
  }

  final void writeRejected(DataStream<RejectedRecord> rejected, StreamExecutionEnvironment env) {
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
    } else if (options.rejected().isTopic()) {
      options.kafka().output(options.rejected().topic()).rejected(counted);
    } else {
      Outputs.rejected(counted, options.rejected().path());
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
    Location stream = options.statistics().stream();
    if (stream != null && stream.isTopic()) {
      options.kafka().output(stream.topic()).statistics(statistics);
    } else if (stream != null) {
      StatisticsStream.write(statistics, stream.path());
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
