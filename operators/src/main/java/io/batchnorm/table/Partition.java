package io.batchnorm.table;

import io.batchnorm.types.KeyState;
import io.batchnorm.types.PendingBatch;
import io.batchnorm.types.VersionedBytes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.flink.table.api.dataview.ListView;
import org.apache.flink.table.api.dataview.MapView;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.functions.ProcessTableFunction.TimeContext;

/**
 * What there is of the key at hand: its state, its time, its output. A row may be kept: Flink puts
 * a shuffle in front of PARTITION BY, behind which it is nobody else's.
 *
 * @param state {@link #LAYER} and {@link #PENDING}, see {@link VersionedBytes}; read only when it
 *     is asked for, unlike value state of SQL functions, which is converted at every row
 * @param waiting rows of the batch that is not full yet
 */
record Partition(
    MapView<String, byte[]> state,
    ListView<RowData> waiting,
    TimeContext<Long> time,
    Consumer<RowData> out) {

  /** 9999-12-31T23:59:59.999Z. Timers need a time, and rows of SQL one that can be shown. */
  static final long END_OF_INPUT = 253_402_300_799_999L;

  private static final String LAYER = "layer";
  private static final String PENDING = "pending";

  KeyState layer() throws Exception {
    byte[] bytes = state.get(LAYER);
    return bytes == null ? KeyState.NEW : VersionedBytes.KEY_STATE.read(bytes);
  }

  void update(KeyState layer) throws Exception {
    state.put(LAYER, VersionedBytes.KEY_STATE.write(layer));
  }

  /** The batch that waits, null for none. */
  PendingBatch pending() throws Exception {
    byte[] bytes = state.get(PENDING);
    return bytes == null ? null : VersionedBytes.PENDING_BATCH.read(bytes);
  }

  void add(RowData row) throws Exception {
    waiting.add(row);
  }

  void update(PendingBatch pending) throws Exception {
    state.put(PENDING, VersionedBytes.PENDING_BATCH.write(pending));
  }

  void wakeFor(PendingBatch pending) {
    time.registerOnTime(wakeTime(pending));
  }

  boolean isEndOfInput() {
    return time.time() >= END_OF_INPUT;
  }

  /**
   * The rows that waited, which do no more. The timer of end of input serves the next batch too.
   */
  List<RowData> take(PendingBatch pending) throws Exception {
    List<RowData> rows = new ArrayList<>(pending.count());
    waiting.get().forEach(rows::add);
    waiting.clear();
    state.remove(PENDING);
    if (pending.deadline() < END_OF_INPUT) {
      time.clearTimer(wakeTime(pending));
    }
    return rows;
  }

  private static long wakeTime(PendingBatch pending) {
    return Math.min(pending.deadline(), END_OF_INPUT);
  }
}
