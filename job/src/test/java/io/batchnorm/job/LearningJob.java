package io.batchnorm.job;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.Fingerprint;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.operator.BatchNormalization;
import io.batchnorm.operator.NormalizedStream;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.Directive;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * The real operator over {@link MadeBatches}, stopped by a savepoint or run to its end.
 *
 * @param loaded initial statistics
 * @param stateTtl null for never
 */
record LearningJob(
    Averaging averaging,
    String backend,
    int parallelism,
    int keys,
    int channels,
    Map<String, RunningStatistics> loaded,
    List<Directive> directives,
    String uid,
    int channelsPerSlice,
    Duration stateTtl) {
  private static final Map<String, Results> RESULTS = new ConcurrentHashMap<>();

  static LearningJob of(Averaging averaging, int keys, int channels) {
    return new LearningJob(
        averaging, "hashmap", 1, keys, channels, Map.of(), List.of(), "batchnorm", 0, null);
  }

  LearningJob on(String otherBackend, int otherParallelism) {
    return new LearningJob(
        averaging,
        otherBackend,
        otherParallelism,
        keys,
        channels,
        loaded,
        directives,
        uid,
        channelsPerSlice,
        stateTtl);
  }

  LearningJob with(Directive... commands) {
    return new LearningJob(
        averaging,
        backend,
        parallelism,
        keys,
        channels,
        loaded,
        List.of(commands),
        uid,
        channelsPerSlice,
        stateTtl);
  }

  LearningJob loading(Map<String, RunningStatistics> statistics) {
    return new LearningJob(
        averaging,
        backend,
        parallelism,
        keys,
        channels,
        statistics,
        directives,
        uid,
        channelsPerSlice,
        stateTtl);
  }

  LearningJob named(String otherUid) {
    return new LearningJob(
        averaging,
        backend,
        parallelism,
        keys,
        channels,
        loaded,
        directives,
        otherUid,
        channelsPerSlice,
        stateTtl);
  }

  LearningJob sliced(int width) {
    return new LearningJob(
        averaging, backend, parallelism, keys, channels, loaded, directives, uid, width, stateTtl);
  }

  LearningJob forgetting(Duration ttl) {
    return new LearningJob(
        averaging,
        backend,
        parallelism,
        keys,
        channels,
        loaded,
        directives,
        uid,
        channelsPerSlice,
        ttl);
  }

  /** What came out: digests of outputs by id, and the newest statistics by key. */
  record Results(
      Map<String, Long> outputs, Map<String, KeyStatistics> statistics, CountDownLatch missing) {
    private static Results expecting(int batches) {
      return new Results(
          new ConcurrentHashMap<>(), new ConcurrentHashMap<>(), new CountDownLatch(batches));
    }

    private void put(NormalizedBatch batch) {
      outputs.put(batch.ids().get(0), digest(batch));
      missing.countDown();
    }

    /** The statistics that a file would hold, which has counts for population averaging alone. */
    String fingerprint(boolean counts) {
      SortedMap<String, RunningStatistics> byKey = new TreeMap<>();
      statistics.forEach(
          (key, value) ->
              byKey.put(key, counts ? value.statistics() : countless(value.statistics())));
      return Fingerprint.of(byKey);
    }

    List<String> frozen() {
      return statistics.values().stream()
          .filter(KeyStatistics::frozen)
          .map(KeyStatistics::key)
          .sorted()
          .toList();
    }
  }

  static RunningStatistics countless(RunningStatistics statistics) {
    return RunningStatistics.of(
        statistics.numBatchesTracked(),
        RunningStatistics.UNKNOWN_COUNT,
        statistics.means(),
        statistics.vars());
  }

  private static long digest(NormalizedBatch batch) {
    float[] values = batch.features().values();
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length + Long.BYTES);
    bytes.asFloatBuffer().put(values);
    bytes.putLong(Float.BYTES * values.length, batch.numBatchesTracked());
    CRC32C crc = new CRC32C();
    crc.update(bytes.array());
    return ((long) Arrays.hashCode(bytes.array()) << 32) ^ crc.getValue();
  }

  /** Learns from batches {@code from} to {@code to - 1} of every key, to the end of input. */
  Results run(int from, int to, Path savepoint) throws Exception {
    String name = UUID.randomUUID().toString();
    RESULTS.put(name, Results.expecting(keys * (to - from)));
    StreamExecutionEnvironment env = environment(savepoint);
    build(env, new MadeBatches(keys, channels, from, to, /* hold= */ false), name);
    env.execute();
    return RESULTS.remove(name);
  }

  /** Learns the same, and stops with a savepoint instead of at end of input. */
  Path stopped(int to, Path folder, SavepointFormatType format) throws Exception {
    return stopped(0, to, null, folder, format);
  }

  Path stopped(int from, int to, Path restored, Path folder, SavepointFormatType format)
      throws Exception {
    String name = UUID.randomUUID().toString();
    Results results = Results.expecting(keys * (to - from));
    RESULTS.put(name, results);
    StreamExecutionEnvironment env = environment(restored);
    build(env, new MadeBatches(keys, channels, from, to, /* hold= */ true), name);
    JobClient client = env.executeAsync();
    CompletableFuture<?> ended = client.getJobExecutionResult();
    ended.whenComplete(
        (result, failure) -> {
          while (results.missing.getCount() > 0) {
            results.missing.countDown();
          }
        });
    results.missing.await();
    try {
      String savepoint =
          client
              .stopWithSavepoint(/* advanceToEndOfEventTime= */ false, folder.toString(), format)
              .get(2, TimeUnit.MINUTES);
      ended.get();
      return Path.of(URI.create(savepoint));
    } finally {
      RESULTS.remove(name);
      if (!ended.isDone()) {
        client.cancel().get();
      }
    }
  }

  private StreamExecutionEnvironment environment(Path savepoint) {
    Configuration configuration =
        new EngineOptions(
                parallelism, null, null, backend, savepoint == null ? null : savepoint.toString())
            .configuration();
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    env.setParallelism(parallelism);
    return env;
  }

  private void build(StreamExecutionEnvironment env, MadeBatches batches, String name) {
    BatchNormalization normalization =
        BatchNormalization.ofBatches(
                env.addSource(batches, "made", BatchNormTypes.FEATURE_BATCH).setParallelism(1))
            .config(BatchNormConfig.builder().averaging(averaging).build())
            .initialStatistics(loaded)
            .directives(directives)
            .uid(uid);
    if (channelsPerSlice > 0) {
      normalization.channelsPerSlice(channelsPerSlice);
    }
    if (stateTtl != null) {
      normalization.stateTtl(stateTtl);
    }
    NormalizedStream stream = normalization.apply();
    discard(stream.normalized().map(new KeepOutputs(name)).returns(Types.LONG));
    discard(stream.statistics().map(new KeepStatistics(name)).returns(Types.LONG));
  }

  private static void discard(DataStream<Long> stream) {
    stream.sinkTo(new DiscardingSink<>());
  }

  private record KeepOutputs(String name) implements MapFunction<NormalizedBatch, Long> {
    @Override
    public Long map(NormalizedBatch batch) {
      RESULTS.get(name).put(batch);
      return 0L;
    }
  }

  private record KeepStatistics(String name) implements MapFunction<KeyStatistics, Long> {
    @Override
    public Long map(KeyStatistics statistics) {
      RESULTS.get(name).statistics().put(statistics.key(), statistics);
      return 0L;
    }
  }
}
