package io.batchnorm.example;

import static org.apache.flink.table.api.Expressions.$;
import static org.apache.flink.table.api.Expressions.descriptor;
import static org.apache.flink.table.api.Expressions.row;

import io.batchnorm.table.BatchNormFunctions;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.Table;
import org.apache.flink.table.api.TableEnvironment;

/** The example of the README for the Table API, run by {@link ReadmeTest}. */
final class TableApi {
  private TableApi() {}

  public static void main(String[] args) {
    // README: example
    TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
    BatchNormFunctions.register(tables);
    Table readings = tables.fromValues(row("a", 1.0), row("a", 3.0)).as("sensor", "humidity");
    Table normalized =
        readings
            .partitionBy($("sensor"))
            .process("BATCH_NORM", descriptor("humidity").asArgument("features"));
    normalized.select($("sensor"), $("humidity"), $("humidity_normalized")).execute().print();
    // README: end
  }
}
