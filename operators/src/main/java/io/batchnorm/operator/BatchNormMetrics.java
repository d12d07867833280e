package io.batchnorm.operator;

import io.batchnorm.types.FeatureBatch;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * Counters {@code batches}, {@code values}, {@code expired_keys} and {@code rejected_REASON}, and
 * the gauge {@code frozen_keys}, in the group {@code batchnorm}. None is per key: keys are
 * unbounded.
 */
final class BatchNormMetrics {
  static final String GROUP = "batchnorm";

  private final Counter batches;
  private final Counter values;
  private final Counter expiredKeys;
  private final Rejections rejections;

  BatchNormMetrics(MetricGroup operator, Gauge<Long> frozenKeys) {
    MetricGroup group = operator.addGroup(GROUP);
    batches = group.counter("batches");
    values = group.counter("values");
    expiredKeys = group.counter("expired_keys");
    rejections = new Rejections(group);
    group.gauge("frozen_keys", frozenKeys);
  }

  void normalized(FeatureBatch batch) {
    batches.inc();
    values.inc(batch.features().values().length);
  }

  /** Counts a batch whose values are counted where its slices are normalized. */
  void admitted() {
    batches.inc();
  }

  /** Counts a key that was forgotten. */
  void expired() {
    expiredKeys.inc();
  }

  Rejections rejections() {
    return rejections;
  }
}
