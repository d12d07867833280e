package io.batchnorm.table;

import static org.apache.flink.table.api.Expressions.$;
import static org.apache.flink.table.api.Expressions.call;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Collectors;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.Row;
import org.apache.flink.util.CollectionUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the aggregate takes and shows, in real SQL. */
class BatchStatisticsSqlTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = SqlCluster.extension();

  /** Of 1, 2 and 6. */
  private static final Row ONE_FEATURE = Row.of(3L, 3.0, 14.0, 14.0 / 3, 7.0);

  /** Of 1 and 3, and of 5 and 5. */
  private static final Row TWO_FEATURES =
      Row.of(
          new Long[] {2L, 2L},
          new Double[] {2.0, 5.0},
          new Double[] {2.0, 0.0},
          new Double[] {1.0, 0.0},
          new Double[] {2.0, 0.0});

  private final Sql sql = Sql.session();

  @Test
  void everyNumericColumnHasStatistics() throws Exception {
    List<String> types =
        List.of("TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(9, 2)");

    Row row = sql.row(calls("CAST(x AS %s)", types) + " FROM (VALUES 1, 2, 6) AS t(x)");

    for (int i = 0; i < types.size(); i++) {
      assertThat(row.getField(i)).as(types.get(i)).isEqualTo(ONE_FEATURE);
    }
  }

  @Test
  void anArrayHasStatisticsOfEachElement() throws Exception {
    List<String> types = List.of("FLOAT", "DOUBLE", "INT", "DECIMAL(5, 1)", "FLOAT NOT NULL");

    Row row =
        sql.row(
            calls("CAST(x AS ARRAY<%s>)", types)
                + " FROM (VALUES ARRAY[1, 5], ARRAY[3, 5]) AS t(x)");

    for (int i = 0; i < types.size(); i++) {
      assertThat((Row) row.getField(i)).as(types.get(i)).isEqualTo(TWO_FEATURES);
    }
  }

  private static String calls(String cast, List<String> types) {
    return types.stream()
        .map(cast::formatted)
        .map("BATCH_STATISTICS(%s)"::formatted)
        .collect(Collectors.joining(", ", "SELECT ", ""));
  }

  @Test
  void severalColumnsHaveArraysOfStatistics() throws Exception {
    Row row = sql.row("SELECT BATCH_STATISTICS(x, y) FROM (VALUES (1, 5e0), (3, 5e0)) AS t(x, y)");

    assertThat((Row) row.getField(0)).isEqualTo(TWO_FEATURES);
  }

  @Test
  void theTableApiCallsItByName() throws Exception {
    Table numbers = sql.tables().fromValues(1, 2, 6).as("x");

    Table statistics = numbers.select(call(BatchNormFunctions.BATCH_STATISTICS, $("x")).as("s"));

    assertThat(sql.rows(statistics)).containsExactly(Row.of(ONE_FEATURE));
  }

  /** COUNT, VAR_POP and VAR_SAMP are words of SQL, which it wants quoted. */
  @Test
  void fieldsHaveNames() throws Exception {
    Row row =
        sql.row(
            "SELECT s.`count`, s.mean, s.m2, s.`var_pop`, s.`var_samp` FROM"
                + " (SELECT BATCH_STATISTICS(x) AS s FROM (VALUES 1, 2, 6) AS t(x))");

    assertThat(row).isEqualTo(ONE_FEATURE);
  }

  @Test
  void nullIsNotCounted() throws Exception {
    Row row =
        sql.row(
            "SELECT BATCH_STATISTICS(x), BATCH_STATISTICS(x, y) FROM"
                + " (VALUES (1, NO), (NO, NO), (3, NO)) AS t(x, y)"
                    .replace("NO", "CAST(NULL AS INT)"));

    assertThat(row.getField(0)).isEqualTo(Row.of(2L, 2.0, 2.0, 1.0, 2.0));
    assertThat((Row) row.getField(1))
        .isEqualTo(
            Row.of(
                new Long[] {2L, 0L},
                new Double[] {2.0, null},
                new Double[] {2.0, null},
                new Double[] {1.0, null},
                new Double[] {2.0, null}));
  }

  @Test
  void arraysMayHaveNullsAndSeveralLengths() throws Exception {
    Row row =
        sql.row(
            "SELECT BATCH_STATISTICS(x) FROM (VALUES ARRAY[1, 10], ARRAY[3],"
                + " ARRAY[5, 20, CAST(NULL AS INT)], CAST(NULL AS ARRAY<INT>),"
                + " ARRAY_REMOVE(ARRAY[1], 1)) AS t(x)");

    assertThat((Row) row.getField(0))
        .isEqualTo(
            Row.of(
                new Long[] {3L, 2L, 0L},
                new Double[] {3.0, 15.0, null},
                new Double[] {8.0, 50.0, null},
                new Double[] {8.0 / 3, 25.0, null},
                new Double[] {4.0, 50.0, null}));
  }

  @Test
  void batchModeHasBothFunctions() {
    List<Row> rows =
        inBatchMode(
            "SELECT k, `count`, BATCH_NORM_EVAL(ARRAY[0], mean, var, 1, 1).normalized FROM"
                + " (SELECT k, s.`count`, s.mean, s.`var_pop` AS var FROM"
                + " (SELECT k, BATCH_STATISTICS(ARRAY[x]) AS s FROM"
                + " (VALUES ('a', -1), ('b', 7), ('a', -1)) AS t(k, x) GROUP BY k))");

    assertThat(rows)
        .containsExactlyInAnyOrder(
            Row.of("a", new Long[] {2L}, new Float[] {1f}),
            Row.of("b", new Long[] {1L}, new Float[] {-7f}));
  }

  private static List<Row> inBatchMode(String query) {
    TableEnvironment batch = TableEnvironment.create(EnvironmentSettings.inBatchMode());
    BatchNormFunctions.register(batch);
    return CollectionUtil.iteratorToList(batch.executeSql(query).collect());
  }

  @Test
  void noValuesHaveACountAndNothingElse() {
    List<Row> rows =
        inBatchMode(
            "SELECT BATCH_STATISTICS(x), BATCH_STATISTICS(x, x), BATCH_STATISTICS(ARRAY[x])"
                + " FROM (VALUES 1, 2) AS t(x) WHERE x > 2");

    Double[] none = {null, null};
    Double[] empty = {};
    assertThat(rows)
        .containsExactly(
            Row.of(
                Row.of(0L, null, null, null, null),
                Row.of(new Long[] {0L, 0L}, none, none, none, none),
                Row.of(new Long[0], empty, empty, empty, empty)));
  }

  @Test
  void oneValueHasNoSampleVariance() throws Exception {
    Row row = sql.row("SELECT BATCH_STATISTICS(x) FROM (VALUES 7) AS t(x)");

    assertThat(row.getField(0)).isEqualTo(Row.of(1L, 7.0, 0.0, 0.0, null));
  }

  @ParameterizedTest
  @CsvSource({"NaN, NaN", "Infinity, Infinity", "-Infinity, -Infinity"})
  void whatIsNotFiniteIsCountedAndShown(String value, Double mean) throws Exception {
    Row row =
        sql.row(
            "SELECT BATCH_STATISTICS(CAST(x AS DOUBLE)) FROM (VALUES '1', '%s') AS t(x)"
                .formatted(value));

    assertThat(row.getField(0)).isEqualTo(Row.of(2L, mean, Double.NaN, Double.NaN, Double.NaN));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "'a'         | CHAR(1) NOT NULL as argument 1",
        "1, TRUE     | BOOLEAN NOT NULL as argument 2",
        "ARRAY['a']  | ARRAY<CHAR(1) NOT NULL> NOT NULL as argument 1",
        "ARRAY[1], 2 | ARRAY<INT NOT NULL> NOT NULL as argument 1",
        "MAP['a', 1] | MAP<CHAR(1) NOT NULL, INT NOT NULL> NOT NULL as argument 1"
      })
  void otherTypesAreRefusedWhileTheQueryIsPlanned(String arguments, String says) {
    assertThatThrownBy(
            () -> sql.rows("SELECT BATCH_STATISTICS(%s) FROM (VALUES 1)".formatted(arguments)))
        .isInstanceOf(ValidationException.class)
        .rootCause()
        .hasMessageContaining("BATCH_STATISTICS has " + says)
        .hasMessageContaining("wanted one numeric column, several, or one ARRAY of numbers");
  }

  @Test
  void aCallWithoutColumnsIsRefused() {
    assertThatThrownBy(() -> sql.rows("SELECT BATCH_STATISTICS() FROM (VALUES 1)"))
        .isInstanceOf(ValidationException.class)
        .hasMessageContaining("BATCH_STATISTICS");
  }
}
