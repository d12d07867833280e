package io.batchnorm.types;

import io.batchnorm.core.RunningStatistics;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * What one key has learned, as it leaves the operator: on freeze, every so many batches, and at end
 * of input.
 *
 * @param key whose they are
 * @param statistics at that moment
 * @param frozen whether they are frozen
 */
@TypeInfo(BatchNormTypes.KeyStatisticsFactory.class)
public record KeyStatistics(String key, RunningStatistics statistics, boolean frozen) {
  public KeyStatistics {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(statistics, "statistics");
  }
}
