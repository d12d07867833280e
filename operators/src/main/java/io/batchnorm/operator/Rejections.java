package io.batchnorm.operator;

import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.EnumMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/**
 * Puts rejected records out and counts them: counters {@code rejected_REASON} of one operator, one
 * for each {@link RejectionReason}.
 */
final class Rejections {
  private final Map<RejectionReason, Counter> counters = new EnumMap<>(RejectionReason.class);

  Rejections(MetricGroup group) {
    for (RejectionReason reason : RejectionReason.values()) {
      counters.put(reason, group.counter("rejected_" + reason.code()));
    }
  }

  /** Every id of a batch is a record of its own. */
  void reject(FeatureBatch batch, InvalidBatchException e, SideOutput side) {
    for (String id : batch.ids()) {
      reject(new RejectedRecord(batch.key(), id, e.reason(), e.getMessage()), side);
    }
  }

  void reject(RejectedRecord rejected, SideOutput side) {
    side.output(SideOutput.REJECTED, rejected);
    counters.get(rejected.reason()).inc();
  }
}
