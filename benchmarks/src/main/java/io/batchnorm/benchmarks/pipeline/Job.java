package io.batchnorm.benchmarks.pipeline;

import io.batchnorm.benchmarks.Shape;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.ExchangeException;
import io.batchnorm.exchange.NpyArray;
import io.batchnorm.exchange.NpyReader;
import io.batchnorm.exchange.NpyWriter;
import io.batchnorm.operator.BatchNormServing;
import io.batchnorm.operator.BatchNormalization;
import io.batchnorm.operator.IdentityTwins;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Wires a pipeline. */
final class Job {
  /** Of the job that runs; static, so that functions carry none through Flink's serialization. */
  private static Input input;

  private final Settings settings;
  private final DataStream<Long> numbers;

  private Job(Settings settings, DataStream<Long> numbers) {
    this.settings = settings;
    this.numbers = numbers;
  }

  /**
   * @param records of {@code input}, which is that of the JVM until the next job is built
   */
  static void build(StreamExecutionEnvironment env, Settings settings, Input input, long records) {
    Job.input = input;
    DataStream<Long> numbers =
        env.fromSource(new Numbers(records), WatermarkStrategy.noWatermarks(), "numbers");
    if (settings.kind() == Kind.HOT) {
      numbers.getTransformation().setParallelism(1);
    }
    new Job(settings, numbers).build();
  }

  private void build() {
    switch (settings.kind()) {
      case TRAIN -> toNpy(BatchNormalization.ofBatches(fromNpy()).apply().normalized());
      case TRAIN_IDENTITY -> toNpy(IdentityTwins.ofBatches(fromNpy()));
      case TRAIN_NAIVE ->
          drop(
              naive(Job::naiveFromNpy)
                  .keyBy(batch -> batch.key, Types.STRING)
                  .process(new Naive.Train())
                  .map(batch -> NpyWriter.toBytes(new NpyArray(batch.shape, batch.values))));
      case RAW -> drop(training().apply().normalized());
      case RAW_IDENTITY -> drop(IdentityTwins.ofBatches(batches(Job::batch)));
      case HOT -> hot();
      case EVAL ->
          toNpy(BatchNormServing.of(fromNpy(), statistics()).inPlace().apply().normalized());
      case EVAL_IDENTITY -> toNpy(IdentityTwins.served(fromNpy()));
      case SENSORS ->
          drop(
              BatchNormalization.ofSamples(batches(Job::batch), Settings.MICRO_BATCH)
                  .apply()
                  .normalized());
      case SENSORS_IDENTITY ->
          drop(IdentityTwins.ofSamples(batches(Job::batch), Settings.MICRO_BATCH));
      case SENSORS_NAIVE ->
          drop(
              naive(Job::naiveBatch)
                  .keyBy(batch -> batch.key, Types.STRING)
                  .process(new Naive.Sensors()));
    }
  }

  private BatchNormalization training() {
    BatchNormalization training = BatchNormalization.ofBatches(batches(Job::batch));
    return settings.channelsPerSlice() == 0
        ? training
        : training.channelsPerSlice(settings.channelsPerSlice());
  }

  private void hot() {
    if (settings.channelsPerSlice() == 0) {
      drop(training().apply().normalized());
    } else {
      drop(training().alreadyPartitioned().apply().slices());
    }
  }

  private DataStream<FeatureBatch> fromNpy() {
    return batches(Job::batchFromNpy);
  }

  private DataStream<FeatureBatch> batches(MapFunction<Long, FeatureBatch> made) {
    return source(made, BatchNormTypes.FEATURE_BATCH);
  }

  private DataStream<Naive.Batch> naive(MapFunction<Long, Naive.Batch> made) {
    return source(made, TypeInformation.of(Naive.Batch.class));
  }

  private <T> DataStream<T> source(MapFunction<Long, T> made, TypeInformation<T> type) {
    return numbers.map(made).returns(type).name("source").setParallelism(numbers.getParallelism());
  }

  private static void toNpy(DataStream<NormalizedBatch> normalized) {
    drop(normalized.map(Job::npy).name("encode"));
  }

  private static <T> void drop(DataStream<T> records) {
    records.sinkTo(new Drain<>()).name("sink");
  }

  private static FeatureBatch batch(long record) {
    return FeatureBatch.of(key(record), "id", input.features(record));
  }

  private static FeatureBatch batchFromNpy(long record) throws ExchangeException {
    NpyArray array = NpyReader.read(input.npy(record), "record");
    return FeatureBatch.of(key(record), "id", FeatureMap.of(array.values(), array.shape()));
  }

  private static Naive.Batch naiveBatch(long record) {
    return Naive.Batch.of(key(record), "id", input.shape(), input.values(record));
  }

  private static Naive.Batch naiveFromNpy(long record) throws ExchangeException {
    NpyArray array = NpyReader.read(input.npy(record), "record");
    return Naive.Batch.of(key(record), "id", array.shape(), array.values());
  }

  private static String key(long record) {
    if (record == 0) {
      Stopwatch.started();
    }
    return input.key(record);
  }

  private static byte[] npy(NormalizedBatch batch) {
    return NpyWriter.toBytes(new NpyArray(batch.features().shape(), batch.features().values()));
  }

  private Map<String, RunningStatistics> statistics() {
    int channels = Shape.parse(settings.shape()).channels();
    double[] mean = new double[channels];
    double[] var = new double[channels];
    Arrays.fill(mean, 3);
    Arrays.fill(var, 4);
    RunningStatistics learned = RunningStatistics.of(1000, 1_000_000, mean, var);
    Map<String, RunningStatistics> byKey = new TreeMap<>();
    for (int key = 0; key < settings.keys(); key++) {
      byKey.put(input.key(key), learned);
    }
    return byKey;
  }
}
