package io.batchnorm.operator;

import io.batchnorm.types.FeatureBatch;
import java.util.List;
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
 * Emits its batches in equal parts. After each but the last it waits until a checkpoint of just the
 * batches up to there is complete, and goes on. A job can so be made to fail at a known distance
 * behind a known checkpoint, and all of it has seen one part before the next.
 */
final class HaltingSource
    implements SourceFunction<FeatureBatch>, CheckpointedFunction, CheckpointListener {
  private static final long serialVersionUID = 1L;
  private static final long NONE = Long.MAX_VALUE;

  /** What the test sees of a source that runs in another thread and is made anew on recovery. */
  static final class Witness {
    final AtomicInteger restoredAt = new AtomicInteger(-1);
    final AtomicBoolean failed = new AtomicBoolean();

    private int safe;

    /** A checkpoint of just so many batches is complete. */
    synchronized void safe(int position) {
      safe = Math.max(safe, position);
      notifyAll();
    }

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
  private final int parts;
  private transient ListState<Integer> state;
  private transient volatile boolean cancelled;
  private transient volatile int halt;
  private transient volatile long checkpointOfHalt;
  private int position;

  HaltingSource(int keys, int batches, int parts) {
    this.keys = keys;
    this.batches = batches;
    this.parts = parts;
  }

  private boolean isHalt(int batchesBefore) {
    return batchesBefore > 0 && batchesBefore % (keys * batches / parts) == 0;
  }

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    checkpointOfHalt = NONE;
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
      if (isHalt(position)) {
        awaitCheckpointOf(position);
      }
      synchronized (context.getCheckpointLock()) {
        context.collect(all.get(position++));
      }
    }
  }

  private void awaitCheckpointOf(int batchesBefore) throws InterruptedException {
    synchronized (witness) {
      while (witness.safe < batchesBefore && !cancelled) {
        witness.wait();
      }
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    state.update(List.of(position));
    if (isHalt(position) && position != halt) {
      halt = position;
      checkpointOfHalt = context.getCheckpointId();
    }
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) {
    if (checkpoint >= checkpointOfHalt) {
      witness.safe(halt);
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    synchronized (witness) {
      witness.notifyAll();
    }
  }
}
