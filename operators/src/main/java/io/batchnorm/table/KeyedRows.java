package io.batchnorm.table;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.Layer;
import io.batchnorm.core.Step;
import io.batchnorm.operator.Batching;
import io.batchnorm.types.KeyState;
import io.batchnorm.types.PendingBatch;
import java.util.List;
import org.apache.flink.table.data.RowData;

/**
 * Takes rows as samples of their key: asks {@link Batching} which of them are a batch and {@link
 * Layer} what that does, keeps what they answer, and puts every row out again.
 */
final class KeyedRows {
  private final BatchNormCall call;
  private final Batching batching;
  private final Layer layer;

  KeyedRows(BatchNormCall call) {
    this.call = call;
    this.batching = call.batching();
    this.layer = new Layer(call.config(), call.mode(), /* ownsInput= */ true);
  }

  void add(RowData row, Partition partition) throws Exception {
    FeatureMap sample;
    try {
      sample = call.features().read(row);
      batching.check(sample);
    } catch (InvalidBatchException e) {
      partition.out().accept(call.output().rejected(row, e));
      return;
    }
    add(row, sample, partition);
  }

  private void add(RowData row, FeatureMap sample, Partition partition) throws Exception {
    Long time = partition.time().time();
    PendingBatch before = partition.pending();
    if (before != null && !batching.takes(before, sample, time)) {
      flush(before, partition);
      before = null;
    }
    PendingBatch after = before == null ? batching.opened(sample, time) : before.withOneMore();
    partition.add(row);
    if (batching.isFull(after)) {
      flush(after, partition);
      return;
    }
    partition.update(after);
    if (before == null) {
      partition.wakeFor(after);
    }
  }

  /** At a timer of the key. */
  void wake(Partition partition) throws Exception {
    PendingBatch waiting = partition.pending();
    boolean due =
        waiting != null
            && (partition.isEndOfInput() || batching.isDue(waiting, partition.time().time()));
    if (due) {
      flush(waiting, partition);
    }
  }

  private void flush(PendingBatch batch, Partition partition) throws Exception {
    List<RowData> rows = partition.take(batch);
    FeatureMap features = FeatureMap.stack(rows.stream().map(call.features()::read).toList());
    KeyState before = partition.layer();
    Step step;
    try {
      step = layer.apply(features, before.layer());
    } catch (InvalidBatchException e) {
      rows.forEach(row -> partition.out().accept(call.output().rejected(row, e)));
      return;
    }
    partition.update(frozenInTime(before.afterBatch(step.next())));
    for (int n = 0; n < rows.size(); n++) {
      partition.out().accept(call.output().normalized(rows.get(n), step, n));
    }
  }

  private KeyState frozenInTime(KeyState state) {
    boolean due = call.freezeAfter() > 0 && state.batches() >= call.freezeAfter();
    return due && !state.layer().frozen() ? state.freeze() : state;
  }
}
