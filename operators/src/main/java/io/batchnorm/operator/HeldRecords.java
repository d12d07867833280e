package io.batchnorm.operator;

import io.batchnorm.types.FeatureBatch;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Records that wait for the statistics of their key, in their order within a key. Every id of a
 * batch counts as one, for the limit and for the metric.
 */
final class HeldRecords implements Gauge<Integer> {
  private final int limit;
  private final Map<String, List<StreamRecord<FeatureBatch>>> byKey = new LinkedHashMap<>();
  private final AtomicInteger count = new AtomicInteger();

  HeldRecords(int limit) {
    this.limit = limit;
  }

  /** Takes a record in, unless there would be more than the limit then. */
  boolean hold(StreamRecord<FeatureBatch> record) {
    boolean fits = count.get() <= limit - record.getValue().ids().size();
    if (fits) {
      add(record);
    }
    return fits;
  }

  /**
   * Takes a record back in that was held before. Fewer subtasks, or a lower limit, may make them
   * more than the limit; they were accepted, so all stay.
   */
  void restore(StreamRecord<FeatureBatch> record) {
    add(record);
  }

  private void add(StreamRecord<FeatureBatch> record) {
    // The caller may go on using the record, not what is in it.
    StreamRecord<FeatureBatch> own = record.copy(record.getValue());
    byKey.computeIfAbsent(own.getValue().key(), key -> new ArrayList<>()).add(own);
    count.addAndGet(own.getValue().ids().size());
  }

  /** Gives away the records of a key. */
  List<StreamRecord<FeatureBatch>> release(String key) {
    List<StreamRecord<FeatureBatch>> released = byKey.remove(key);
    if (released == null) {
      return List.of();
    }
    released.forEach(record -> count.addAndGet(-record.getValue().ids().size()));
    return released;
  }

  /** Keys that records wait of, in order of the first of each; a copy. */
  List<String> keys() {
    return List.copyOf(byKey.keySet());
  }

  /** All, which stay. */
  List<StreamRecord<FeatureBatch>> all() {
    return byKey.values().stream().flatMap(List::stream).toList();
  }

  int limit() {
    return limit;
  }

  /** How many ids wait. */
  @Override
  public Integer getValue() {
    return count.get();
  }
}
