package io.batchnorm.operator;

import io.batchnorm.core.RejectionReason;
import io.batchnorm.types.FeatureBatch;
import java.util.EnumMap;
import java.util.Map;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * Counters {@code batches}, {@code values} and {@code rejected_REASON}, and the gauge {@code
 * frozen_keys}, in the group {@code batchnorm}. None is per key: keys are unbounded.
 */
final class BatchNormMetrics {
  private final Counter batches;
  private final Counter values;
  private final Map<RejectionReason, Counter> rejected = new EnumMap<>(RejectionReason.class);

  BatchNormMetrics(MetricGroup operator, Gauge<Long> frozenKeys) {
    MetricGroup group = operator.addGroup("batchnorm");
    batches = group.counter("batches");
    values = group.counter("values");
    for (RejectionReason reason : RejectionReason.values()) {
      rejected.put(reason, group.counter("rejected_" + reason.code()));
    }
    group.gauge("frozen_keys", frozenKeys);
  }

  void normalized(FeatureBatch batch) {
    batches.inc();
    values.inc(batch.features().values().length);
  }

  void rejected(RejectionReason reason, int records) {
    rejected.get(reason).inc(records);
  }
}
