package io.batchnorm.job;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.KeyNote;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.savepoint.SavedStatistics;
import java.util.Map;
import java.util.SortedMap;

/**
 * What was learned, be it from a file or a savepoint.
 *
 * @param byKey statistics by key
 * @param notes of the keys of which more is known
 * @param metadata what is known of all
 * @param ignoredTensors tensors of the file that belong to no batch norm layer
 */
record LearnedStatistics(
    SortedMap<String, RunningStatistics> byKey,
    SortedMap<String, KeyNote> notes,
    Map<String, String> metadata,
    int ignoredTensors) {

  static LearnedStatistics of(StatisticsFile file) {
    return new LearnedStatistics(
        file.byKey(), file.notes(), file.metadata(), file.ignoredTensors());
  }

  static LearnedStatistics of(SavedStatistics saved) {
    return new LearnedStatistics(saved.byKey(), saved.notes(), saved.settings(), 0);
  }

  boolean frozen(String key) {
    return notes.getOrDefault(key, KeyNote.NONE).frozen();
  }
}
