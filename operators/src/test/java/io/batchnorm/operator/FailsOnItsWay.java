package io.batchnorm.operator;

import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.runtime.checkpoint.AbstractCheckpointStats;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;

/**
 * Fails whenever a checkpoint is complete that holds records on their way, until the job was
 * restored from some such.
 */
final class FailsOnItsWay extends RichMapFunction<String, String>
    implements CheckpointedFunction, CheckpointListener {
  private static final long serialVersionUID = 1L;
  private static final int ENOUGH = 2;

  /** What the test sees of tasks that run in other threads and are made anew on recovery. */
  static final class Witness {
    private final MiniCluster cluster;
    private final Set<Long> restored = new HashSet<>();
    private final Set<Long> withRecords = new TreeSet<>();

    Witness(MiniCluster cluster) {
      this.cluster = cluster;
    }

    private synchronized void restored(long checkpoint) {
      restored.add(checkpoint);
    }

    private synchronized boolean isToFail(JobID job, long checkpoint) {
      if (restoredWithRecordsOnTheirWay().size() >= ENOUGH) {
        return false;
      }
      AbstractCheckpointStats stats =
          cluster
              .getExecutionGraph(job)
              .join()
              .getCheckpointStatsSnapshot()
              .getHistory()
              .getCheckpointById(checkpoint);
      boolean holds = stats != null && stats.getPersistedData() > 0;
      if (holds) {
        withRecords.add(checkpoint);
      }
      return holds;
    }

    synchronized Set<Long> restoredWithRecordsOnTheirWay() {
      Set<Long> both = new TreeSet<>(withRecords);
      both.retainAll(restored);
      return both;
    }
  }

  static volatile Witness witness;

  private transient boolean fails;

  @Override
  public void initializeState(FunctionInitializationContext context) {
    OptionalLong checkpoint = context.getRestoredCheckpointId();
    if (checkpoint.isPresent()) {
      witness.restored(checkpoint.getAsLong());
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) {}

  @Override
  public void notifyCheckpointComplete(long checkpoint) {
    fails |= witness.isToFail(getRuntimeContext().getJobInfo().getJobId(), checkpoint);
  }

  @Override
  public String map(String value) {
    if (fails) {
      throw new IllegalStateException("injected");
    }
    return value;
  }
}
