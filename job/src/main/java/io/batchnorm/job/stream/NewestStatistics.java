package io.batchnorm.job.stream;

import io.batchnorm.types.KeyStatistics;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The newest statistics of each key among those that came. If any of a key's said reset, so does
 * the newest: whoever skips the others must know that versions may have gone back.
 */
public final class NewestStatistics {
  private final Map<String, KeyStatistics> byKey = new LinkedHashMap<>();

  /** Takes in the next that came. */
  public void add(KeyStatistics statistics) {
    byKey.merge(statistics.key(), statistics, NewestStatistics::newer);
  }

  private static KeyStatistics newer(KeyStatistics earlier, KeyStatistics later) {
    if (!later.replaces(earlier)) {
      return earlier;
    }
    return later.reset() || !earlier.reset()
        ? later
        : new KeyStatistics(later.key(), later.statistics(), later.frozen(), true);
  }

  /** Keys in the order in which they came first. */
  public Map<String, KeyStatistics> byKey() {
    return Collections.unmodifiableMap(byKey);
  }
}
