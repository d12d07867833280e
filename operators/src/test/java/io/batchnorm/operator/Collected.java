package io.batchnorm.operator;

import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.util.CloseableIterator;

/** All that came out of a job, exactly once, in order within a key. */
record Collected(
    Map<String, List<NormalizedBatch>> normalized,
    Map<String, List<KeyStatistics>> statistics,
    List<RejectedRecord> rejected) {

  /** Runs the job to its end. */
  static Collected of(StreamExecutionEnvironment env, NormalizedStream stream) throws Exception {
    try (CloseableIterator<NormalizedBatch> normalized = stream.normalized().collectAsync();
        CloseableIterator<KeyStatistics> statistics = stream.statistics().collectAsync();
        CloseableIterator<RejectedRecord> rejected = stream.rejected().collectAsync()) {
      env.executeAsync();
      return new Collected(
          list(normalized).stream().collect(Collectors.groupingBy(NormalizedBatch::key)),
          list(statistics).stream().collect(Collectors.groupingBy(KeyStatistics::key)),
          list(rejected));
    }
  }

  private static <T> List<T> list(CloseableIterator<T> records) {
    List<T> list = new ArrayList<>();
    records.forEachRemaining(list::add);
    return list;
  }
}
