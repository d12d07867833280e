package io.batchnorm.table;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.types.Row;

/**
 * Emits its rows up to one of them, and waits there to be stopped with a savepoint; from that it
 * goes on behind it.
 */
final class GatedRows implements SourceFunction<Row>, CheckpointedFunction {
  private static final long serialVersionUID = 1L;

  /** Open when all rows up to the gate are out. */
  static volatile CountDownLatch atGate = new CountDownLatch(1);

  private final List<Row> rows;
  private final int gate;
  private transient CountDownLatch stopped;
  private transient ListState<Integer> state;
  private transient volatile boolean cancelled;
  private int position;

  GatedRows(List<Row> rows, int gate) {
    this.rows = List.copyOf(rows);
    this.gate = gate;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    stopped = new CountDownLatch(1);
    state =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>("position", Types.INT));
    for (int restored : state.get()) {
      position = restored;
    }
  }

  @Override
  public void run(SourceContext<Row> context) throws Exception {
    while (position < rows.size() && !cancelled) {
      if (position == gate) {
        atGate.countDown();
        stopped.await();
        return;
      }
      synchronized (context.getCheckpointLock()) {
        context.collect(rows.get(position++));
      }
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    state.update(List.of(position));
  }

  @Override
  public void cancel() {
    cancelled = true;
    stopped.countDown();
  }
}
