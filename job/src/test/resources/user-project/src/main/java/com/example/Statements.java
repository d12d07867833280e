package com.example;

import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/** Runs its arguments, each a statement of SQL; knows nothing of batch normalization. */
public final class Statements {
  public static void main(String[] args) {
    TableEnvironment tables = TableEnvironment.create(EnvironmentSettings.inStreamingMode());
    tables.getConfig().set("parallelism.default", "1");
    for (String statement : args) {
      tables.executeSql(statement).print();
    }
  }
}
