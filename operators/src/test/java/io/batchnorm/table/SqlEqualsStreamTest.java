package io.batchnorm.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.operator.BatchNormalization;
import io.batchnorm.operator.NormalizedStream;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.testutils.CommonTestUtils;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows through SQL come to the bits that samples through the DataStream job come to. */
@Timeout(120)
class SqlEqualsStreamTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = SqlCluster.extension();

  private static final int BATCH_SIZE = 8;
  private static final List<Row> ROWS = Readings.of(600);

  /** What came out for each id, more than once if it did. */
  private static final Map<String, String> OUT = new ConcurrentHashMap<>();

  @TempDir private Path folder;

  @BeforeEach
  void clear() {
    OUT.clear();
  }

  private static Row told(Row row) {
    OUT.merge(row.getFieldAs("id"), toldBySql(row), (one, other) -> one + " and " + other);
    return row;
  }

  private static String toldBySql(Row row) {
    return row.getField("rejected_reason") == null
        ? "%s %s %s"
            .formatted(
                Arrays.asList(row.getField("x_normalized"), row.getField("y_normalized")),
                row.getField("mode"),
                row.getField("num_batches_tracked"))
        : "%s %s".formatted(row.getField("rejected_reason"), row.getField("rejected_message"));
  }

  private static Map<String, String> byStream(Duration timeout) throws Exception {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(SqlCluster.configuration("hashmap"));
    Map<String, Long> times = new TreeMap<>();
    ROWS.forEach(row -> times.put(row.getFieldAs(0), row.<Instant>getFieldAs(4).toEpochMilli()));
    DataStream<FeatureBatch> samples =
        env.fromData(
                BatchNormTypes.FEATURE_BATCH,
                ROWS.stream().map(Readings::sample).toArray(FeatureBatch[]::new))
            .setParallelism(1)
            .assignTimestampsAndWatermarks(
                WatermarkStrategy.<FeatureBatch>forMonotonousTimestamps()
                    .withTimestampAssigner((sample, before) -> times.get(sample.ids().get(0))))
            .setParallelism(1);
    BatchNormalization batchNorm = BatchNormalization.ofSamples(samples, BATCH_SIZE);
    NormalizedStream out = (timeout == null ? batchNorm : batchNorm.batchTimeout(timeout)).apply();
    DataStream<String> told =
        out.normalized()
            .map(
                sample ->
                    "%s|%s %s %s"
                        .formatted(
                            sample.ids().get(0),
                            Arrays.toString(sample.features().values()),
                            sample.mode().code(),
                            sample.numBatchesTracked()))
            .returns(Types.STRING)
            .union(
                out.rejected()
                    .map(
                        record ->
                            "%s|%s %s"
                                .formatted(record.id(), record.reason().code(), record.message()))
                    .returns(Types.STRING));
    Map<String, String> byId = new TreeMap<>();
    try (CloseableIterator<String> results = told.executeAndCollect()) {
      results.forEachRemaining(line -> byId.put(line.split("\\|")[0], line.split("\\|")[1]));
    }
    return byId;
  }

  private static JobClient start(
      Configuration configuration, int parallelism, int gate, String more) throws Exception {
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    env.setParallelism(parallelism);
    StreamTableEnvironment tables = SqlCluster.tables(env);
    DataStream<Row> source =
        env.addSource(new GatedRows(ROWS, gate), "rows", Readings.TYPE).uid("rows");
    tables.createTemporaryView(
        "readings",
        source,
        Schema.newBuilder()
            .column("id", "STRING")
            .column("k", "STRING")
            .column("x", "FLOAT")
            .column("y", "DOUBLE")
            .column("ts", "TIMESTAMP_LTZ(3)")
            .watermark("ts", "ts - INTERVAL '0.001' SECOND")
            .build());
    DataStream<Row> rows =
        tables.toDataStream(
            tables.sqlQuery(
                ("SELECT * FROM BATCH_NORM(input => TABLE readings PARTITION BY k,"
                        + " features => DESCRIPTOR(x, y), batch_size => %d, uid => 'bn'%s)")
                    .formatted(BATCH_SIZE, more)));
    rows.map(SqlEqualsStreamTest::told).returns(rows.getType()).sinkTo(new DiscardingSink<>());
    return env.executeAsync();
  }

  private static void await(JobClient job) throws Exception {
    job.getJobExecutionResult().get(60, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @CsvSource({"1, hashmap", "1, rocksdb", "4, hashmap"})
  void endOfInputFlushesAndNoTimeIsNeeded(int parallelism, String backend) throws Exception {
    await(start(SqlCluster.configuration(backend), parallelism, -1, ""));

    assertThat(new TreeMap<>(OUT)).isEqualTo(byStream(null)).hasSize(ROWS.size());
  }

  @Test
  void rowsAndStatisticsOutliveTheStateTtlOfTheSession() throws Exception {
    Configuration configuration = SqlCluster.configuration("hashmap");
    configuration.setString("table.exec.state.ttl", "1 ms");

    await(start(configuration, 1, -1, ""));

    assertThat(new TreeMap<>(OUT)).isEqualTo(byStream(null));
  }

  @ParameterizedTest
  @CsvSource({"1, hashmap", "4, hashmap", "4, rocksdb"})
  void batchesTimeOutByEventTime(int parallelism, String backend) throws Exception {
    await(
        start(
            SqlCluster.configuration(backend),
            parallelism,
            -1,
            ", batch_timeout => INTERVAL '20' SECOND, on_time => DESCRIPTOR(ts)"));

    Map<String, String> expected = byStream(Duration.ofSeconds(20));
    assertThat(new TreeMap<>(OUT)).isEqualTo(expected).hasSize(ROWS.size());
    assertThat(expected).isNotEqualTo(byStream(null));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, hashmap, true",
    "1, 4, hashmap, true",
    "4, 1, rocksdb, true",
    "4, 4, rocksdb, true",
    "1, 4, rocksdb, false",
    "4, 1, hashmap, false"
  })
  void goesOnFromASavepointAsIfNeverStopped(
      int before,
      int after,
      String backend,
      boolean timesOut,
      @InjectMiniCluster MiniCluster cluster)
      throws Exception {
    String more =
        timesOut ? ", batch_timeout => INTERVAL '20' SECOND, on_time => DESCRIPTOR(ts)" : "";
    Duration timeout = timesOut ? Duration.ofSeconds(20) : null;
    GatedRows.atGate = new CountDownLatch(1);
    JobClient first = start(SqlCluster.configuration(backend), before, 301, more);
    GatedRows.atGate.await();
    CommonTestUtils.waitForAllTaskRunning(cluster, first.getJobID(), false);
    String savepoint =
        first
            .stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
            .get();
    int outBefore = OUT.size();

    Configuration restored = SqlCluster.configuration(backend);
    restored.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
    await(start(restored, after, -1, more));

    assertThat(outBefore).isBetween(200, 301);
    assertThat(new TreeMap<>(OUT)).isEqualTo(byStream(timeout));
  }
}
