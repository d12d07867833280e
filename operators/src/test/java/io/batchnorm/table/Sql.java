package io.batchnorm.table;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.apache.flink.util.CloseableIterator;

/** A session of SQL on the cluster of the test, with all functions registered. */
record Sql(StreamExecutionEnvironment stream, StreamTableEnvironment tables) {
  static Sql session() {
    return session(Map.of());
  }

  /** One subtask, unless the options say otherwise. */
  static Sql session(Map<String, String> options) {
    Configuration configuration = SqlCluster.configuration("hashmap");
    configuration.setString("parallelism.default", "1");
    options.forEach(configuration::setString);
    var stream = StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    StreamTableEnvironment tables = StreamTableEnvironment.create(stream);
    BatchNormFunctions.register(tables);
    return new Sql(stream, tables);
  }

  /** What is left in the end, in the order in which it came. */
  List<Row> rows(String query) throws Exception {
    return rows(tables.sqlQuery(query));
  }

  /** So for a query of the Table API. */
  List<Row> rows(Table query) throws Exception {
    List<Row> rows = new ArrayList<>();
    try (CloseableIterator<Row> changes = query.execute().collect()) {
      changes.forEachRemaining(change -> apply(change, rows));
    }
    return rows;
  }

  /** The only row that is left. */
  Row row(String query) throws Exception {
    List<Row> rows = rows(query);
    if (rows.size() != 1) {
      throw new AssertionError("one row expected, got " + rows);
    }
    return rows.get(0);
  }

  private static void apply(Row change, List<Row> rows) {
    RowKind kind = change.getKind();
    change.setKind(RowKind.INSERT);
    if (kind == RowKind.INSERT || kind == RowKind.UPDATE_AFTER) {
      rows.add(change);
    } else if (!rows.remove(change)) {
      throw new AssertionError("taken back, but never given: " + change);
    }
  }
}
