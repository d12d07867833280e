package io.batchnorm.table;

import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RunningStatistics;
import java.io.Serializable;

/** Where BATCH_NORM_EVAL takes the statistics of a row from. */
sealed interface FrozenStatistics extends Serializable permits FileStatistics, JoinedStatistics {

  /** Makes ready on the machine that will ask. */
  void open();

  /**
   * The statistics of a row.
   *
   * @param arguments of the call
   * @throws InvalidBatchException if it has none
   */
  RunningStatistics of(Object... arguments);
}
