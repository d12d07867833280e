package io.batchnorm.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Affine;
import io.batchnorm.core.BatchNorm;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.operator.BatchNormServing;
import io.batchnorm.types.NormalizedBatch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Serving by SQL against serving by the DataStream job, to the bit. */
class BatchNormEvalSqlTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = SqlCluster.extension();

  private static final String FROM_FILE =
      "SELECT id, e.normalized, e.num_batches_tracked, e.rejected_reason, e.rejected_message FROM"
          + " (SELECT id, BATCH_NORM_EVAL(x, '%s', k) AS e FROM samples)";

  private static final String FROM_TABLE =
      "SELECT id, e.normalized, e.num_batches_tracked, e.rejected_reason, e.rejected_message FROM"
          + " (SELECT id, BATCH_NORM_EVAL(x, running_mean, running_var, batches, weight, bias) AS e"
          + " FROM samples LEFT JOIN statistics ON samples.k = statistics.k)";

  @TempDir private Path folder;

  private final EvalCase served = new EvalCase(5);
  private final Sql sql = served.views(Sql.session(Map.of("parallelism.default", "2")));

  @Test
  void aFileGivesTheBitsOfTheDataStreamJob() throws Exception {
    Path file = served.write(folder);

    assertThat(sql.rows(FROM_FILE.formatted(file)))
        .containsExactlyInAnyOrderElementsOf(dataStream());
  }

  @Test
  void aTableOfStatisticsGivesTheBitsOfTheDataStreamJob() throws Exception {
    assertThat(sql.rows(FROM_TABLE)).containsExactlyInAnyOrderElementsOf(dataStream());
  }

  @Test
  void aRowIsNormalizedOnceHoweverManyFieldsAreNamed() {
    String plan = sql.tables().explainSql(FROM_TABLE);

    assertThat(plan.substring(plan.indexOf("== Optimized Execution Plan ==")))
        .containsOnlyOnce("BATCH_NORM_EVAL(");
  }

  private List<Row> dataStream() throws Exception {
    Sql other = Sql.session();
    var stream = other.stream().fromData(served.samples);
    List<Row> rows = new ArrayList<>();
    try (CloseableIterator<NormalizedBatch> all =
        BatchNormServing.of(stream, served.byKey).apply().normalized().executeAndCollect()) {
      all.forEachRemaining(
          batch ->
              rows.add(
                  Row.of(
                      batch.ids().get(0),
                      EvalCase.boxed(batch.features().values()),
                      batch.numBatchesTracked(),
                      null,
                      null)));
    }
    assertThat(rows).hasSameSizeAs(served.samples);
    return rows;
  }

  @Test
  void aFileWithUnroundedStatisticsIsServedUnrounded() throws Exception {
    RunningStatistics exact =
        RunningStatistics.of(7, 100, new double[] {0.1}, new double[] {1 / 3.0});
    Path file = folder.resolve("exact.safetensors");
    StatisticsFile.write(file, Map.of("k", exact), true, Map.of());
    RunningStatistics read = StatisticsFile.read(file).byKey().get("k");

    Row row =
        sql.row(
            "SELECT BATCH_NORM_EVAL(ARRAY[x], '%s', 'k').normalized FROM (VALUES 2e0) AS t(x)"
                .formatted(file));

    FeatureMap y =
        new BatchNorm(BatchNormConfig.defaults()).eval(FeatureMap.of(new float[] {2}, 1, 1), read);
    assertThat(row).isEqualTo(Row.of((Object) EvalCase.boxed(y.values())));
  }

  @Test
  void aShapeMakesFeatureMapsOfArrays() throws Exception {
    Row row =
        sql.row(
            "SELECT BATCH_NORM_EVAL(x, mean, var, 1, mean, mean, ARRAY[2, 2]).normalized FROM"
                + " (VALUES (ARRAY[1, 2, 30, 40], ARRAY[1, 30], ARRAY[4, 9])) AS t(x, mean, var)");

    RunningStatistics statistics =
        RunningStatistics.of(1, -1, new double[] {1, 30}, new double[] {4, 9})
            .withAffine(Affine.of(new float[] {1, 30}, new float[] {1, 30}));
    FeatureMap y =
        new BatchNorm(BatchNormConfig.defaults())
            .eval(FeatureMap.of(new float[] {1, 2, 30, 40}, 1, 2, 2), statistics);
    assertThat(row).isEqualTo(Row.of((Object) EvalCase.boxed(y.values())));
  }

  /** 3 / sqrt(3 + 1) by any spelling of 1. */
  @Test
  void epsIsALiteralOfAnyNumber() throws Exception {
    Row row =
        sql.row(
            ("SELECT BATCH_NORM_EVAL(x, m, v, 1, 1).normalized,"
                + " BATCH_NORM_EVAL(x, m, v, 1, 1.0).normalized,"
                + " BATCH_NORM_EVAL(x, m, v, 1, m, m, 1e0).normalized FROM"
                + " (VALUES (ARRAY[3e0], ARRAY[0e0], ARRAY[3e0])) AS t(x, m, v)"));

    Float[] half = {1.5f};
    assertThat(row).isEqualTo(Row.of(half, half, new Float[] {0f}));
  }

  @Test
  void statisticsOfTheAggregateServe() throws Exception {
    List<Row> rows =
        sql.rows(
            "SELECT BATCH_NORM_EVAL(ARRAY[x], s.mean, s.`var_pop`, s.`count`[1], 1).normalized FROM"
                + " (VALUES 2, 6) AS t(x) CROSS JOIN"
                + " (SELECT BATCH_STATISTICS(ARRAY[x]) AS s FROM (VALUES 1, 1, 4) AS t(x))");

    float y = (float) (4 / Math.sqrt(3));
    assertThat(rows)
        .containsExactlyInAnyOrder(
            Row.of((Object) new Float[] {0f}), Row.of((Object) new Float[] {y}));
  }
}
