package io.batchnorm.operator;

import io.batchnorm.core.RejectionReason;
import java.util.EnumMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;

/** Counters {@code rejected_REASON} of one operator, one for each {@link RejectionReason}. */
final class RejectionCounters {
  private final Map<RejectionReason, Counter> counters = new EnumMap<>(RejectionReason.class);

  RejectionCounters(MetricGroup group) {
    for (RejectionReason reason : RejectionReason.values()) {
      counters.put(reason, group.counter("rejected_" + reason.code()));
    }
  }

  void rejected(RejectionReason reason, int records) {
    counters.get(reason).inc(records);
  }
}
