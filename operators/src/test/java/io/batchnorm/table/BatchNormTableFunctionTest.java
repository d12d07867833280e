package io.batchnorm.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What rows become of, through real SQL. The normalized values are those of a worked example. */
@Timeout(120)
class BatchNormTableFunctionTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = SqlCluster.extension();

  /** Of 1 and 3: mean 2, variance 1, eps 1e-5. */
  private static final float ONE = 0.999995f;

  /** Of 10 and 30: mean 20, variance 100. */
  private static final float TEN = 0.99999994f;

  private StreamTableEnvironment tables;

  @BeforeEach
  void open() {
    tables = SqlCluster.tables(SqlCluster.configuration("hashmap"), 1);
  }

  /**
   * Unnested from one array, since VALUES with more than literals becomes a union of one source for
   * each row, which come in any order.
   */
  private void view(String columns, String... rows) {
    String array = "ROW" + String.join(", ROW", rows);
    tables.executeSql(
        "CREATE TEMPORARY VIEW readings AS SELECT v.* FROM (SELECT ARRAY[%s] AS array_of_rows)"
                .formatted(array)
            + " CROSS JOIN UNNEST(array_of_rows) AS v(%s)".formatted(columns));
  }

  private List<Row> batchNorm(String arguments) throws Exception {
    return SqlCluster.rows(
        tables,
        "SELECT * FROM BATCH_NORM(input => TABLE readings PARTITION BY k, " + arguments + ")");
  }

  @Test
  void rowComesOutWithItsColumnsAndTheNormalizedOnesBehindThem() throws Exception {
    view("note, k, x, y", "('n1', 'a', 1e0, 10)", "('n2', 'a', 3e0, 30)");

    List<Row> rows = batchNorm("features => DESCRIPTOR(y, x)");

    assertThat(rows.get(0).getFieldNames(true))
        .containsExactly(
            "k",
            "note",
            "x",
            "y",
            "y_normalized",
            "x_normalized",
            "mode",
            "num_batches_tracked",
            "rejected_reason",
            "rejected_message");
    assertThat(rows)
        .containsExactly(
            Row.of("a", "n1", 1.0, 10, -TEN, -ONE, "train", 1L, null, null),
            Row.of("a", "n2", 3.0, 30, TEN, ONE, "train", 1L, null, null));
  }

  @Test
  void columnOfTheInputKeepsItsNameAndTheNewOneGetsANumber() throws Exception {
    view("k, x, `mode`", "('a', 1e0, 'mine')", "('a', 3e0, 'mine')");

    List<Row> rows = batchNorm("features => DESCRIPTOR(x)");

    assertThat(rows)
        .extracting(row -> row.getField("mode"), row -> row.getField("mode0"))
        .containsExactly(tuple("mine", "train"), tuple("mine", "train"));
  }

  @Test
  void numbersOfEveryTypeAreFeatures() throws Exception {
    view(
        "k, a, b, c, d, e, f, g",
        "('a', CAST(1 AS TINYINT), CAST(1 AS SMALLINT), 1, CAST(1 AS BIGINT), CAST(1 AS FLOAT),"
            + " 1e0, 1.00)",
        "('a', CAST(3 AS TINYINT), CAST(3 AS SMALLINT), 3, CAST(3 AS BIGINT), CAST(3 AS FLOAT),"
            + " 3e0, 3.00)");

    List<Row> rows = batchNorm("features => DESCRIPTOR(a, b, c, d, e, f, g)");

    for (String name : List.of("a", "b", "c", "d", "e", "f", "g")) {
      assertThat(rows)
          .extracting(row -> row.getField(name + "_normalized"))
          .containsExactly(-ONE, ONE);
    }
  }

  @Test
  void arrayIsNormalizedAsAnArray() throws Exception {
    view("k, v", "('a', ARRAY[1e0, 10e0])", "('a', ARRAY[3e0, 30e0])");

    List<Row> rows = batchNorm("features => DESCRIPTOR(v)");

    assertThat(rows)
        .extracting(row -> row.getField("normalized"))
        .containsExactly(new Float[] {-ONE, -TEN}, new Float[] {ONE, TEN});
  }

  /** One row of two channels of two values each is enough for a batch. */
  @Test
  void shapeColumnMakesFeatureMapsOfArrays() throws Exception {
    view("k, v, s", "('a', ARRAY[1.0, 3.0, 10.0, 30.0], ARRAY[2, 2])");

    List<Row> rows =
        batchNorm("features => DESCRIPTOR(v), shape => DESCRIPTOR(s), batch_size => 1");

    assertThat(rows)
        .extracting(row -> row.getField("normalized"))
        .containsExactly((Object) new Float[] {-ONE, ONE, -TEN, TEN});
  }

  @Test
  void rowWithNullIsRejectedAloneAndNamesTheColumn() throws Exception {
    view("k, x", "('a', 1e0)", "('a', CAST(NULL AS DOUBLE))", "('a', 3e0)");

    List<Row> rows = batchNorm("features => DESCRIPTOR(x), batch_size => 2");

    assertThat(rows)
        .containsExactly(
            Row.of(
                "a",
                null,
                null,
                null,
                null,
                "malformed_input",
                "column x is NULL, wanted a number; filter such rows out or COALESCE the column"),
            Row.of("a", 1.0, -ONE, "train", 1L, null, null),
            Row.of("a", 3.0, ONE, "train", 1L, null, null));
  }

  @Test
  void nanIsRejectedUnlessItMayPropagate() throws Exception {
    view("k, x", "('a', 1e0)", "('a', CAST('NaN' AS DOUBLE))", "('a', 1e300)", "('a', 3e0)");

    List<Row> rejected = batchNorm("features => DESCRIPTOR(x), batch_size => 2");
    List<Row> propagated =
        batchNorm("features => DESCRIPTOR(x), batch_size => 2, non_finite => 'propagate'");

    assertThat(rejected)
        .extracting(row -> row.getField("rejected_reason"), row -> row.getField("x_normalized"))
        .containsExactly(
            tuple("non_finite", null),
            tuple("non_finite", null),
            tuple(null, -ONE),
            tuple(null, ONE));
    assertThat(rejected.get(1).getField("rejected_message").toString()).contains("has Infinity");
    assertThat(propagated)
        .extracting(row -> row.getField("x_normalized"))
        .containsExactly(Float.NaN, Float.NaN, Float.NaN, Float.NaN);
  }

  @Test
  void arrayThatIsNoSampleIsRejectedWithItsReason() throws Exception {
    view(
        "k, v, s",
        "('a', ARRAY[1e0, 2e0], ARRAY[3])",
        "('a', ARRAY[1e0, CAST(NULL AS DOUBLE)], ARRAY[2])",
        "('a', CAST(NULL AS ARRAY<DOUBLE>), ARRAY[2])",
        "('a', ARRAY[1e0, 2e0], CAST(NULL AS ARRAY<INT>))",
        "('a', ARRAY[1e0, 2e0], ARRAY[CAST(NULL AS INT)])",
        "('a', ARRAY[1e0, 2e0], ARRAY[-1, -2])",
        "('a', ARRAY[1e0, 2e0], ARRAY[1, 1, 1, 1, 2])",
        "('a', ARRAY[1e0, 2e0], ARRAY[0])");

    List<Row> rows = batchNorm("features => DESCRIPTOR(v), shape => DESCRIPTOR(s)");

    assertThat(rows)
        .extracting(row -> row.getField("rejected_reason"), row -> row.getField("rejected_message"))
        .containsExactly(
            tuple(
                "malformed_input",
                "column s is [3], but v has 2 elements; wanted sizes (C, *) whose product that is"),
            tuple(
                "malformed_input",
                "element 2 of column v is NULL, wanted a number; filter such rows out"),
            tuple(
                "malformed_input",
                "column v is NULL, wanted an array of numbers; filter such rows out"),
            tuple(
                "malformed_input",
                "column s is NULL, wanted an array of numbers; filter such rows out"),
            tuple(
                "malformed_input",
                "element 1 of column s is NULL, wanted a number; filter such rows out"),
            tuple(
                "malformed_input",
                "column s is [-1, -2], but v has 2 elements; wanted sizes (C, *) whose product that"
                    + " is"),
            tuple(
                "wrong_rank",
                "shape [1, 1, 1, 1, 1, 2] has rank 6, wanted rank 2 to 5: (N, C), (N, C, L), (N, C,"
                    + " H, W) or (N, C, D, H, W)"),
            tuple(
                "malformed_input",
                "column s is [0], but v has 2 elements; wanted sizes (C, *) whose product that"
                    + " is"));
  }

  @Test
  void emptyArrayIsRejectedAndAnotherLengthEndsTheBatch() throws Exception {
    view(
        "k, id, v",
        "('a', 1, ARRAY[1e0])",
        "('a', 2, ARRAY[3e0])",
        "('a', 3, ARRAY_REMOVE(ARRAY[1e0], 1e0))",
        "('a', 4, ARRAY[1e0, 2e0])",
        "('a', 5, ARRAY[3e0, 4e0])",
        "('a', 6, ARRAY[5e0])");

    List<Row> rows = batchNorm("features => DESCRIPTOR(v), batch_size => 10");

    assertThat(rows)
        .extracting(row -> row.getField("id"), row -> row.getField("rejected_reason"))
        .containsExactly(
            tuple(3, "empty_batch"),
            tuple(1, null),
            tuple(2, null),
            tuple(4, "channel_mismatch"),
            tuple(5, "channel_mismatch"),
            tuple(6, "one_value_per_channel"));
  }

  @Test
  void everyKeyHasItsOwnBatchesAndStatistics() throws Exception {
    view(
        "k, id, x",
        "('a', 1, 1e0)",
        "('b', 2, 10e0)",
        "('a', 3, 3e0)",
        "('b', 4, 30e0)",
        "('a', 5, 1e0)",
        "('a', 6, 3e0)",
        "(CAST(NULL AS STRING), 7, 1e0)",
        "(CAST(NULL AS STRING), 8, 3e0)");

    List<Row> rows = batchNorm("features => DESCRIPTOR(x), batch_size => 2");

    assertThat(rows)
        .extracting(
            row -> row.getField("id"),
            row -> row.getField("x_normalized"),
            row -> row.getField("num_batches_tracked"))
        .containsExactly(
            tuple(1, -ONE, 1L),
            tuple(3, ONE, 1L),
            tuple(2, -TEN, 1L),
            tuple(4, TEN, 1L),
            tuple(5, -ONE, 2L),
            tuple(6, ONE, 2L),
            tuple(7, -ONE, 1L),
            tuple(8, ONE, 1L));
  }

  /** Running mean 0.1 * 2 = 0.2 and variance 0.9 + 0.1 * 2 = 1.1 after the first batch. */
  @Test
  void frozenKeyIsNormalizedByWhatItLearned() throws Exception {
    view("k, x", "('a', 1e0)", "('a', 3e0)", "('a', 1e0)");

    List<Row> rows =
        batchNorm("features => DESCRIPTOR(x), batch_size => 2, momentum => 0.1, freeze_after => 1");

    assertThat(rows.get(2))
        .isEqualTo(
            Row.of("a", 1.0, (float) ((1 - 0.2) / Math.sqrt(1.1 + 1e-5)), "eval", 1L, null, null));
  }

  /** DECIMAL, DOUBLE, INT. */
  @Test
  void momentumMayBeSpelledAsAnyNumber() throws Exception {
    view("k, x", "('a', 1e0)", "('a', 3e0)", "('a', 1e0)");
    String frozen = "features => DESCRIPTOR(x), batch_size => 2, freeze_after => 1, momentum => ";

    for (String one : List.of("1.0", "1e0", "1", "CAST(1 AS DOUBLE)")) {
      assertThat(batchNorm(frozen + one).get(2).getField("x_normalized"))
          .as(one)
          .isEqualTo((float) ((1 - 2) / Math.sqrt(2 + 1e-5)));
    }
  }

  @Test
  void averagingIsAnOption() throws Exception {
    view("k, x", "('a', 1e0)", "('a', 3e0)", "('a', 1e0)");

    List<Row> rows =
        batchNorm(
            "features => DESCRIPTOR(x), batch_size => 2, averaging => 'population', eps => 0.01,"
                + " freeze_after => 1");

    assertThat(rows.get(2).getField("x_normalized"))
        .isEqualTo((float) ((1 - 2) / Math.sqrt(1 + 0.01)));
  }

  @Test
  void evalModeRejectsAKeyThatNeverLearned() throws Exception {
    view("k, x", "('a', 1e0)");

    List<Row> rows = batchNorm("features => DESCRIPTOR(x), mode => 'eval'");

    assertThat(rows)
        .extracting(row -> row.getField("rejected_reason"))
        .containsExactly("no_statistics");
  }
}
