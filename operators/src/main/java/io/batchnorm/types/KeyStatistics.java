package io.batchnorm.types;

import io.batchnorm.core.RunningStatistics;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * What one key has learned, as it leaves the operator: on freeze, every so many batches, and at end
 * of input. Statistics of no channels say that the key was reset since.
 *
 * @param key whose they are
 * @param statistics at that moment
 * @param frozen whether they are frozen
 */
@TypeInfo(BatchNormTypes.KeyStatisticsFactory.class)
public record KeyStatistics(String key, RunningStatistics statistics, boolean frozen) {
  /** Says that a key has been reset: what was emitted of it before is void. */
  public static KeyStatistics forgotten(String key, boolean frozen) {
    return new KeyStatistics(key, RunningStatistics.initial(0), frozen);
  }

  /** Whether this says that there are no statistics of the key any more. */
  public boolean isForgotten() {
    return statistics.numFeatures() == 0;
  }

  public KeyStatistics {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(statistics, "statistics");
  }
}
