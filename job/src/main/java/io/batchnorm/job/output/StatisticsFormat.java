package io.batchnorm.job.output;

import java.io.Serializable;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a file of statistics holds beside what PyTorch knows.
 *
 * @param counts whether to write how many values are behind them
 * @param float64 whether to write what float32 rounds
 * @param metadata for {@code __metadata__}
 */
public record StatisticsFormat(boolean counts, boolean float64, Map<String, String> metadata)
    implements Serializable {
  public StatisticsFormat {
    metadata = new TreeMap<>(metadata);
  }
}
