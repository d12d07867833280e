package com.example;

import io.batchnorm.table.BatchNormFunctions;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/** Statistics of readings, readings normalized by them, and readings normalized as they come. */
public final class Readings {
  public static void main(String[] args) {
    TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
    tables.getConfig().set("parallelism.default", "1");
    BatchNormFunctions.register(tables);
    tables.executeSql(
        "CREATE TEMPORARY VIEW readings AS SELECT * FROM"
            + " (VALUES ('a', 1), ('a', 3), ('b', 10), ('b', 30)) AS t(sensor, x)");
    tables.executeSql(
        "CREATE TEMPORARY VIEW statistics AS SELECT sensor, BATCH_STATISTICS(ARRAY[x]) AS s"
            + " FROM readings GROUP BY sensor");

    tables.executeSql("SELECT sensor, BATCH_STATISTICS(x) FROM readings GROUP BY sensor").print();
    tables
        .executeSql(
            "SELECT sensor, BATCH_NORM_EVAL(ARRAY[x], s.mean, s.`var_pop`, 1).normalized"
                + " FROM readings JOIN statistics USING (sensor)")
        .print();
    tables
        .executeSql(
            "SELECT sensor, x_normalized, `mode`, num_batches_tracked FROM BATCH_NORM("
                + "input => TABLE readings PARTITION BY sensor, features => DESCRIPTOR(x),"
                + " batch_size => 2)")
        .print();
  }
}
