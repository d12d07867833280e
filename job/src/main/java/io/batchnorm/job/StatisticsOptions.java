package io.batchnorm.job;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.stream.StatisticsStream;
import io.batchnorm.types.KeyStatistics;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where statistics come from and go to. Absent parts are null.
 *
 * @param in statistics to start from
 * @param out file of all keys
 * @param stream folder or topic of the statistics stream
 * @param interval batches of a key between two of its records in the stream, 0 for none
 * @param from file of the statistics stream to follow
 * @param content what the stream to follow holds before the first record
 * @param hold records per subtask that wait for the stream
 */
record StatisticsOptions(
    StatisticsFile in,
    Path out,
    Location stream,
    long interval,
    Path from,
    StatisticsStream.Content content,
    int hold) {

  /** Statistics that are there before the first record: of the file, and newer of the stream. */
  Map<String, RunningStatistics> loaded() {
    Map<String, RunningStatistics> loaded = new TreeMap<>();
    if (in != null) {
      loaded.putAll(in.byKey());
    }
    if (content != null) {
      content.newest().forEach((key, newest) -> put(loaded, key, newest));
    }
    return loaded;
  }

  private static void put(Map<String, RunningStatistics> loaded, String key, KeyStatistics newest) {
    RunningStatistics before = loaded.get(key);
    if (before != null && !newest.replaces(KeyStatistics.of(key, before, true))) {
      return;
    }
    if (newest.isForgotten()) {
      loaded.remove(key);
    } else {
      loaded.put(key, newest.statistics());
    }
  }
}
