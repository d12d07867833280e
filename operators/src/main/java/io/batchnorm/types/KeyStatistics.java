package io.batchnorm.types;

import io.batchnorm.core.RunningStatistics;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * What one key has learned, as it leaves the operator: on freeze, every so many batches, when a
 * command replaced it, when the key is forgotten, and at end of input. Statistics of no channels
 * say that the key was reset.
 *
 * @param key whose they are
 * @param statistics at that moment
 * @param frozen whether they are frozen
 * @param reset whether a command put them in place of what came before, or the key may have begun
 *     anew, so that they count even if their {@code numBatchesTracked} is smaller
 */
@TypeInfo(BatchNormTypes.KeyStatisticsFactory.class)
public record KeyStatistics(
    String key, RunningStatistics statistics, boolean frozen, boolean reset) {
  public KeyStatistics {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(statistics, "statistics");
  }

  /** Statistics that go on from those emitted before. */
  public static KeyStatistics of(String key, RunningStatistics statistics, boolean frozen) {
    return new KeyStatistics(key, statistics, frozen, false);
  }

  /** Says that a key has been reset: what was emitted of it before is void. */
  public static KeyStatistics forgotten(String key, boolean frozen) {
    return new KeyStatistics(key, RunningStatistics.initial(0), frozen, true);
  }

  /** Whether this says that there are no statistics of the key any more. */
  public boolean isForgotten() {
    return statistics.numFeatures() == 0;
  }

  /**
   * Whether these take the place of {@code earlier} ones of the same key: an older version never
   * replaces a newer one, unless a command did so.
   */
  public boolean replaces(KeyStatistics earlier) {
    return reset || statistics.numBatchesTracked() >= earlier.statistics.numBatchesTracked();
  }
}
