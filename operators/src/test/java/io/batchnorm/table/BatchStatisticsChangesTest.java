package io.batchnorm.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.TwoPass;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Retractions and merges, in real SQL. */
class BatchStatisticsChangesTest {
  private static final double FAR = 1e12;

  static List<Arguments> plans() {
    return List.of(
        Arguments.of("row by row on the heap", Map.of()),
        Arguments.of("row by row in RocksDB", Map.of("state.backend.type", "rocksdb")),
        Arguments.of("by four subtasks", Map.of("parallelism.default", "4")),
        Arguments.of(
            "in two phases",
            Map.of(
                "parallelism.default", "4",
                "table.exec.mini-batch.enabled", "true",
                "table.exec.mini-batch.allow-latency", "1 s",
                "table.exec.mini-batch.size", "7",
                "table.optimizer.agg-phase-strategy", "TWO_PHASE")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("plans")
  void isTheTruthOfWhatWasNotRetracted(String name, Map<String, String> options) throws Exception {
    List<Reading> kept = Reading.random(1, 150, FAR);
    List<Reading> passing = Reading.random(2, 150, -3 * FAR);
    Sql sql = Sql.session(options);
    Reading.changelog(sql, "readings", changes(kept, passing, 3));

    List<Row> rows =
        sql.rows(
            "SELECT sensor, s.`count`, s.mean, s.m2, s.`var_pop`, s.`var_samp` FROM"
                + " (SELECT sensor, BATCH_STATISTICS(x) AS s FROM readings GROUP BY sensor)");

    assertThat(rows)
        .containsExactlyInAnyOrderElementsOf(
            kept.stream().collect(Collectors.groupingBy(Reading::sensor)).entrySet().stream()
                .map(group -> row(group.getKey(), Reading.truth(group.getValue().stream())))
                .toList());
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
    Row row =
        Sql.session()
            .row(
                "SELECT BATCH_STATISTICS(x).`var_pop`, VAR_POP(x), STDDEV_POP(x) FROM"
                    + " (SELECT id, LAST_VALUE(x) AS x FROM (VALUES (1, 1e8), (2, 1e8 + 1e0),"
                    + " (3, 1e17), (3, 1e8 + 2e0)) AS t(id, x) GROUP BY id)");

    assertThat(row.getField(0)).isEqualTo(2.0 / 3);
    assertThat(row.getField(1)).isNotEqualTo(2.0 / 3);
    assertThat(row.getField(2)).isNotEqualTo(Math.sqrt(2.0 / 3));
  }

  @Test
  void whatIsNotFiniteLeavesNothingBehind() throws Exception {
    Row row =
        Sql.session()
            .row(
                "SELECT BATCH_STATISTICS(x).`var_pop`, BATCH_STATISTICS(x).mean FROM"
                    + " (SELECT id, LAST_VALUE(CAST(x AS DOUBLE)) AS x FROM (VALUES (1, '1'),"
                    + " (2, 'NaN'), (3, 'Infinity'), (2, '2'), (3, '3')) AS t(id, x) GROUP BY id)");

    assertThat(row).isEqualTo(Row.of(2.0 / 3, 2.0));
  }
}
