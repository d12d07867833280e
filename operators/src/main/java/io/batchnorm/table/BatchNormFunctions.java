package io.batchnorm.table;

import org.apache.flink.table.api.TableEnvironment;

/** The functions of this package, for SQL and for the Table API. */
public final class BatchNormFunctions {
  public static final String BATCH_NORM = "BATCH_NORM";
  public static final String BATCH_NORM_EVAL = "BATCH_NORM_EVAL";
  public static final String BATCH_STATISTICS = "BATCH_STATISTICS";

  private BatchNormFunctions() {}

  /** Makes all functions known to a session, as temporary system functions. */
  public static void register(TableEnvironment tables) {
    tables.createTemporarySystemFunction(BATCH_NORM, BatchNormTableFunction.class);
    tables.createTemporarySystemFunction(BATCH_NORM_EVAL, BatchNormEvalFunction.class);
    tables.createTemporarySystemFunction(BATCH_STATISTICS, BatchStatisticsFunction.class);
  }
}
