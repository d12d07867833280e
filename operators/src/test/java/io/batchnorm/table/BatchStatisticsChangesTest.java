package io.batchnorm.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.batchnorm.core.TwoPass;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Retractions and merges, in real SQL. */
class BatchStatisticsChangesTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = SqlCluster.extension();

  private static final double FAR = 1e12;

  private static final String QUERY =
      "SELECT sensor, s.`count`, s.mean, s.m2, s.`var_pop`, s.`var_samp` FROM"
          + " (SELECT sensor, BATCH_STATISTICS(x) AS s FROM readings GROUP BY sensor)";

  private static final Map<String, String> TWO_PHASES =
      Map.of(
          "parallelism.default", "4",
          "table.exec.mini-batch.enabled", "true",
          "table.exec.mini-batch.allow-latency", "1 s",
          "table.exec.mini-batch.size", "7",
          "table.optimizer.agg-phase-strategy", "TWO_PHASE");

  static List<Arguments> plans() {
    return List.of(
        Arguments.of("row by row on the heap", Map.of()),
        Arguments.of("row by row in RocksDB", Map.of("state.backend.type", "rocksdb")),
        Arguments.of("by four subtasks", Map.of("parallelism.default", "4")),
        Arguments.of("in two phases", TWO_PHASES));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("plans")
  void isTheTruthOfWhatWasNotRetracted(String name, Map<String, String> options) throws Exception {
    List<Reading> kept = Reading.random(1, 150, FAR);
    List<Reading> passing = Reading.random(2, 150, -3 * FAR);
    Sql sql = Sql.session(options);
    Reading.changelog(sql, "readings", changes(kept, passing, 3));

    List<Row> rows = sql.rows(QUERY);

    assertThat(rows)
        .containsExactlyInAnyOrderElementsOf(
            kept.stream().collect(Collectors.groupingBy(Reading::sensor)).entrySet().stream()
                .map(group -> row(group.getKey(), Reading.truth(group.getValue().stream())))
                .toList());
  }

  @Test
  void twoPhasesAreTwo() {
    Sql sql = Sql.session(TWO_PHASES);
    Reading.changelog(sql, "readings", List.of());

    assertThat(sql.tables().explainSql(QUERY))
        .contains("LocalGroupAggregate", "BATCH_STATISTICS_RETRACT");
  }

  private static Row row(String sensor, TwoPass truth) {
    return Row.of(sensor, truth.count(), truth.mean(), truth.m2(), truth.varPop(), truth.varSamp());
  }

  /** All are inserted and those that pass deleted again, at some later place. */
  private static List<Row> changes(List<Reading> kept, List<Reading> passing, long seed) {
    Random random = new Random(seed);
    List<Row> changes = new ArrayList<>();
    kept.forEach(reading -> changes.add(reading.as(RowKind.INSERT)));
    for (Reading reading : passing) {
      int at = random.nextInt(changes.size() + 1);
      changes.add(at, reading.as(RowKind.INSERT));
      changes.add(at + 1 + random.nextInt(changes.size() - at), reading.as(RowKind.DELETE));
    }
    return changes;
  }

  @Test
  void agreesWithFlinksOwnVarianceWhereNothingIsRetracted() throws Exception {
    Row row =
        Sql.session()
            .row(
                "SELECT BATCH_STATISTICS(x).`var_pop`, VAR_POP(x), STDDEV_POP(x)"
                    + " FROM (VALUES 1e8, 1e8 + 1e0, 1e8 + 2e0) AS t(x)");

    assertThat(row).isEqualTo(Row.of(2.0 / 3, 2.0 / 3, Math.sqrt(2.0 / 3)));
  }

  /** Flink 2.3 keeps a mean and an M2 (Welford's), from which the reading of 1e17 is not undone. */
  @Test
  void staysRightAfterACorrectionWhereFlinksOwnVarianceDoesNot() throws Exception {
    Row row = corrected(1e8, 1e8 + 1, 1e8 + 2, 1e17);

    assertThat(row.getField("ours")).isEqualTo(2.0 / 3);
    assertThat(row.<Double>getFieldAs("flinks")).isNotCloseTo(2.0 / 3, withinPercentage(10));
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
  void whatIsNotFiniteLeavesNothingBehind(double wrong) throws Exception {
    Row row = corrected(1, 2, 3, wrong);

    assertThat(row.getField("ours")).isEqualTo(2.0 / 3);
    assertThat(row.<Double>getFieldAs("flinks")).isNaN();
  }

  /** Of three values, the last of which came after another that was wrong. */
  private static Row corrected(double one, double two, double three, double wrong)
      throws Exception {
    Sql sql = Sql.session();
    Reading.changelog(
        sql,
        "readings",
        List.of(
            new Reading("s", 1, one).as(RowKind.INSERT),
            new Reading("s", 2, two).as(RowKind.INSERT),
            new Reading("s", 3, wrong).as(RowKind.INSERT),
            new Reading("s", 3, wrong).as(RowKind.UPDATE_BEFORE),
            new Reading("s", 3, three).as(RowKind.UPDATE_AFTER)));
    return sql.row(
        "SELECT BATCH_STATISTICS(x).`var_pop` AS ours, VAR_POP(x) AS flinks FROM readings");
  }
}
