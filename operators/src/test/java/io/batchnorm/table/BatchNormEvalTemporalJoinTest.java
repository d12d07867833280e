package io.batchnorm.table;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.typeutils.RowTypeInfo;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A table of statistics with versions: each row is served by those of its time. */
class BatchNormEvalTemporalJoinTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = SqlCluster.extension();

  private static final RowTypeInfo SAMPLE =
      (RowTypeInfo)
          Types.ROW_NAMED(
              new String[] {"id", "k", "x", "ts"},
              Types.INT,
              Types.STRING,
              Types.FLOAT,
              Types.LOCAL_DATE_TIME);

  private static final RowTypeInfo VERSION =
      (RowTypeInfo)
          Types.ROW_NAMED(
              new String[] {"k", "m", "v", "n", "since"},
              Types.STRING,
              Types.OBJECT_ARRAY(Types.FLOAT),
              Types.OBJECT_ARRAY(Types.FLOAT),
              Types.LONG,
              Types.LOCAL_DATE_TIME);

  private static final String QUERY =
      "SELECT id, e.normalized, e.num_batches_tracked, e.rejected_reason FROM"
          + " (SELECT id, BATCH_NORM_EVAL(ARRAY[x], m, v, n, 1) AS e FROM samples LEFT JOIN versions"
          + " FOR SYSTEM_TIME AS OF samples.ts ON samples.k = versions.k)";

  @Test
  void aRowIsServedByTheVersionOfItsTimeAndRejectedWhereThereIsNone() throws Exception {
    Sql sql = Sql.session();
    samples(sql);
    versions(sql);

    assertThat(sql.rows(QUERY))
        .containsExactlyInAnyOrder(
            Row.of(1, null, null, "no_statistics"),
            Row.of(2, new Float[] {4.5f}, 10L, null),
            Row.of(3, new Float[] {2f}, 20L, null),
            Row.of(4, null, null, "no_statistics"),
            Row.of(5, null, null, "no_statistics"));
  }

  /** Before any statistics, by the first, by the second, after their end, and of another key. */
  private static void samples(Sql sql) {
    List<Row> rows =
        List.of(
            Row.of(1, "a", 9f, Reading.at(5)),
            Row.of(2, "a", 9f, Reading.at(15)),
            Row.of(3, "a", 9f, Reading.at(25)),
            Row.of(4, "a", 9f, Reading.at(35)),
            Row.of(5, "b", 9f, Reading.at(25)));
    Schema schema =
        Schema.newBuilder()
            .column("id", DataTypes.INT())
            .column("k", DataTypes.STRING())
            .column("x", DataTypes.FLOAT())
            .column("ts", DataTypes.TIMESTAMP(3))
            .watermark("ts", "ts")
            .build();
    var stream = sql.stream().fromData(rows, SAMPLE);
    sql.tables().createTemporaryView("samples", sql.tables().fromDataStream(stream, schema));
  }

  /** Of mean 0 and root 2, then of mean 1 and root 4, then none. */
  private static void versions(Sql sql) {
    List<Row> rows =
        List.of(
            version(RowKind.INSERT, 0f, 3f, 10L, 10),
            version(RowKind.UPDATE_BEFORE, 0f, 3f, 10L, 20),
            version(RowKind.UPDATE_AFTER, 1f, 15f, 20L, 20),
            version(RowKind.DELETE, 1f, 15f, 20L, 30));
    Schema schema =
        Schema.newBuilder()
            .column("k", DataTypes.STRING().notNull())
            .column("m", DataTypes.ARRAY(DataTypes.FLOAT()))
            .column("v", DataTypes.ARRAY(DataTypes.FLOAT()))
            .column("n", DataTypes.BIGINT())
            .column("since", DataTypes.TIMESTAMP(3))
            .primaryKey("k")
            .watermark("since", "since")
            .build();
    var stream = sql.stream().fromData(rows, VERSION);
    sql.tables().createTemporaryView("versions", sql.tables().fromChangelogStream(stream, schema));
  }

  private static Row version(RowKind kind, float mean, float var, long batches, int second) {
    return Row.ofKind(
        kind, "a", new Float[] {mean}, new Float[] {var}, batches, Reading.at(second));
  }
}
