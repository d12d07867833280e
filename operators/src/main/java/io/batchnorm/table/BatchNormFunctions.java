package io.batchnorm.table;

import org.apache.flink.table.api.TableEnvironment;

/** The functions of this package, for SQL and for the Table API. */
public final class BatchNormFunctions {
  public static final String BATCH_STATISTICS = "BATCH_STATISTICS";

  private BatchNormFunctions() {}

  /** Makes all functions known to a session, as temporary system functions. */
  public static void register(TableEnvironment tables) {
    tables.createTemporarySystemFunction(BATCH_STATISTICS, BatchStatisticsFunction.class);
  }
}
