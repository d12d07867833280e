package io.batchnorm.operator;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.RejectedRecord;
import org.apache.flink.util.OutputTag;

/** Where records go that are no normalized batches: {@code Context::output} of either function. */
@FunctionalInterface
interface SideOutput {
  OutputTag<RejectedRecord> REJECTED = new OutputTag<>("rejected", BatchNormTypes.REJECTED_RECORD);
  OutputTag<KeyStatistics> STATISTICS =
      new OutputTag<>("statistics", BatchNormTypes.KEY_STATISTICS);

  <T> void output(OutputTag<T> tag, T value);
}
