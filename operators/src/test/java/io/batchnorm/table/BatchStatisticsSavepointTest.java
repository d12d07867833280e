package io.batchnorm.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.TwoPass;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.testutils.CommonTestUtils;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Statistics are state as any other: what was accumulated before a savepoint counts behind it. */
@Timeout(120)
class BatchStatisticsSavepointTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = SqlCluster.extension();

  /** The last that was shown of each sensor. */
  private static final Map<String, Row> SHOWN = new ConcurrentHashMap<>();

  private static final int GATE = 150;

  @TempDir private Path folder;

  private final List<Reading> kept = Reading.random(21, 200, 1e12);

  @ParameterizedTest
  @CsvSource({"1, hashmap", "1, rocksdb", "4, hashmap", "4, rocksdb"})
  void goOnFromASavepointAsIfNeverStopped(
      int parallelism, String backend, @InjectMiniCluster MiniCluster cluster) throws Exception {
    SHOWN.clear();
    GatedRows.atGate = new CountDownLatch(1);
    JobClient first = start(SqlCluster.configuration(backend), parallelism, GATE);
    GatedRows.atGate.await();
    CommonTestUtils.waitForAllTaskRunning(cluster, first.getJobID(), false);
    String savepoint =
        first
            .stopWithSavepoint(false, folder.toUri().toString(), SavepointFormatType.CANONICAL)
            .get();
    SHOWN.clear();

    Configuration restored = SqlCluster.configuration(backend);
    restored.set(StateRecoveryOptions.SAVEPOINT_PATH, savepoint);
    start(restored, parallelism, -1).getJobExecutionResult().get(60, TimeUnit.SECONDS);

    assertThat(new TreeMap<>(SHOWN)).isEqualTo(truth());
  }

  /** Half of the readings come again, wrong, and are taken back behind the gate. */
  private List<Row> changes() {
    List<Row> changes = new ArrayList<>();
    List<Reading> wrong = Reading.random(22, 100, -1e15);
    wrong.forEach(reading -> changes.add(reading.as(RowKind.INSERT)));
    kept.forEach(reading -> changes.add(reading.as(RowKind.INSERT)));
    wrong.forEach(reading -> changes.add(reading.as(RowKind.DELETE)));
    return changes;
  }

  private JobClient start(Configuration configuration, int parallelism, int gate) throws Exception {
    var env = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    env.setParallelism(parallelism);
    StreamTableEnvironment tables = StreamTableEnvironment.create(env);
    BatchNormFunctions.register(tables);
    var source = env.addSource(new GatedRows(changes(), gate), "rows", Reading.TYPE).uid("rows");
    tables.createTemporaryView("readings", tables.fromChangelogStream(source, Reading.schema()));
    tables
        .toChangelogStream(
            tables.sqlQuery(
                "SELECT sensor, s.`count`, s.mean, s.m2, s.`var_pop`, s.`var_samp` FROM"
                    + " (SELECT sensor, BATCH_STATISTICS(x) AS s FROM readings GROUP BY sensor)"))
        .filter(BatchStatisticsSavepointTest::show)
        .sinkTo(new DiscardingSink<>());
    return env.executeAsync();
  }

  private static boolean show(Row row) {
    if (row.getKind() == RowKind.INSERT || row.getKind() == RowKind.UPDATE_AFTER) {
      Row shown = Row.copy(row);
      shown.setKind(RowKind.INSERT);
      SHOWN.put(row.getFieldAs(0), shown);
    }
    return false;
  }

  private Map<String, Row> truth() {
    return kept.stream()
        .collect(
            Collectors.groupingBy(
                Reading::sensor,
                TreeMap::new,
                Collectors.collectingAndThen(
                    Collectors.toList(), own -> row(own.get(0).sensor(), own))));
  }

  private static Row row(String sensor, List<Reading> readings) {
    TwoPass truth = Reading.truth(readings.stream());
    return Row.of(sensor, truth.count(), truth.mean(), truth.m2(), truth.varPop(), truth.varSamp());
  }
}
