package io.batchnorm.operator;

import io.batchnorm.types.FeatureBatch;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;

/**
 * Emits half of its batches, waits until a checkpoint of just that half is complete, and goes on. A
 * job can so be made to fail at a known distance behind a known checkpoint.
 */
final class HaltingSource
    implements SourceFunction<FeatureBatch>, CheckpointedFunction, CheckpointListener {
  private static final long serialVersionUID = 1L;
  private static final long NONE = Long.MAX_VALUE;

  /** What the test sees of a source that runs in another thread and is made anew on recovery. */
  static final class Witness {
    final CountDownLatch halfIsSafe = new CountDownLatch(1);
    final AtomicInteger restoredAt = new AtomicInteger(-1);
    final AtomicBoolean failed = new AtomicBoolean();

    /** Fails the job the first time. */
    void failOnce() {
      if (failed.compareAndSet(false, true)) {
        throw new IllegalStateException("injected");
      }
    }
  }

  static volatile Witness witness = new Witness();

  private final int keys;
  private final int batches;
  private transient ListState<Integer> state;
  private transient volatile boolean cancelled;
  private transient volatile long checkpointOfHalf;
  private int position;

  HaltingSource(int keys, int batches) {
    this.keys = keys;
    this.batches = batches;
  }

  private int half() {
    return keys * batches / 2;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    checkpointOfHalf = NONE;
    state =
        context
            .getOperatorStateStore()
            .getListState(new ListStateDescriptor<>("position", Types.INT));
    for (int restored : state.get()) {
      position = restored;
      witness.restoredAt.set(restored);
    }
  }

  @Override
  public void run(SourceContext<FeatureBatch> context) throws Exception {
    List<FeatureBatch> all = Batches.inTurn(0, batches);
    while (position < all.size() && !cancelled) {
      if (position == half()) {
        witness.halfIsSafe.await();
      }
      synchronized (context.getCheckpointLock()) {
        context.collect(all.get(position++));
      }
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    state.update(List.of(position));
    if (position == half() && checkpointOfHalf == NONE) {
      checkpointOfHalf = context.getCheckpointId();
    }
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) {
    if (checkpoint >= checkpointOfHalf) {
      witness.halfIsSafe.countDown();
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    witness.halfIsSafe.countDown();
  }
}
