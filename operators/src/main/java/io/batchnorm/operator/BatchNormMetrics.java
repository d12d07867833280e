package io.batchnorm.operator;

import io.batchnorm.core.RejectionReason;
import io.batchnorm.types.FeatureBatch;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * Counters {@code batches}, {@code values} and {@code rejected_REASON}, and the gauge {@code
 * frozen_keys}, in the group {@code batchnorm}. None is per key: keys are unbounded.
 */
final class BatchNormMetrics {
  static final String GROUP = "batchnorm";

  private final Counter batches;
  private final Counter values;
  private final RejectionCounters rejected;

  BatchNormMetrics(MetricGroup operator, Gauge<Long> frozenKeys) {
    MetricGroup group = operator.addGroup(GROUP);
    batches = group.counter("batches");
    values = group.counter("values");
    rejected = new RejectionCounters(group);
    group.gauge("frozen_keys", frozenKeys);
  }

  void normalized(FeatureBatch batch) {
    batches.inc();
    values.inc(batch.features().values().length);
  }

  void rejected(RejectionReason reason, int records) {
    rejected.rejected(reason, records);
  }
}
