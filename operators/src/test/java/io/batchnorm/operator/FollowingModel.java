package io.batchnorm.operator;

import io.batchnorm.core.RejectionReason;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What serving by a statistics stream promises, done the simple way by one that sees all records
 * and all updates in their order and never stops.
 */
final class FollowingModel {
  private final int hold;
  private final Map<String, KeyStatistics> latest = new TreeMap<>();
  private final List<FeatureBatch> waiting = new ArrayList<>();
  private final List<Served> normalized = new ArrayList<>();
  private final List<Refused> rejected = new ArrayList<>();

  /** A record and what must normalize it. */
  record Served(FeatureBatch batch, KeyStatistics by) {}

  record Refused(String id, RejectionReason reason) {}

  FollowingModel(int hold) {
    this.hold = hold;
  }

  void publish(KeyStatistics update) {
    KeyStatistics earlier = latest.get(update.key());
    boolean newer =
        earlier == null
            || update.statistics().numBatchesTracked() >= earlier.statistics().numBatchesTracked();
    if (update.reset() || newer) {
      latest.put(update.key(), update);
      waiting.stream().filter(this::isKnown).forEach(this::normalize);
      waiting.removeIf(this::isKnown);
    }
  }

  void batch(FeatureBatch batch) {
    if (isKnown(batch)) {
      normalize(batch);
    } else if (batch.features().values().length == 0) {
      reject(batch, RejectionReason.EMPTY_BATCH);
    } else if (hasNan(batch)) {
      reject(batch, RejectionReason.NON_FINITE);
    } else if (waiting.size() == hold) {
      reject(batch, RejectionReason.STATISTICS_NOT_ARRIVED);
    } else {
      waiting.add(batch);
    }
  }

  void end() {
    waiting.forEach(batch -> reject(batch, RejectionReason.STATISTICS_NOT_ARRIVED));
    waiting.clear();
  }

  private boolean isKnown(FeatureBatch batch) {
    return latest.containsKey(batch.key())
        && latest.get(batch.key()).statistics().numFeatures() > 0;
  }

  private void normalize(FeatureBatch batch) {
    KeyStatistics by = latest.get(batch.key());
    if (batch.features().values().length == 0) {
      reject(batch, RejectionReason.EMPTY_BATCH);
    } else if (batch.features().numFeatures() != by.statistics().numFeatures()) {
      reject(batch, RejectionReason.CHANNEL_MISMATCH);
    } else if (hasNan(batch)) {
      reject(batch, RejectionReason.NON_FINITE);
    } else {
      normalized.add(new Served(batch, by));
    }
  }

  private static boolean hasNan(FeatureBatch batch) {
    for (float value : batch.features().values()) {
      if (Float.isNaN(value)) {
        return true;
      }
    }
    return false;
  }

  private void reject(FeatureBatch batch, RejectionReason reason) {
    rejected.add(new Refused(batch.ids().get(0), reason));
  }

  /** The last word of the stream on every key. */
  Map<String, KeyStatistics> latest() {
    return latest;
  }

  List<Served> normalized() {
    return normalized;
  }

  List<Refused> rejected() {
    return rejected;
  }
}
