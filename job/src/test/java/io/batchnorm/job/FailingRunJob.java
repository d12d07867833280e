package io.batchnorm.job;

import io.batchnorm.job.input.Gate;
import io.batchnorm.job.input.GatedFiles;
import io.batchnorm.job.input.Inputs;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.state.CheckpointListener;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The job on a machine that dies once, some records behind a {@link Gate}. */
final class FailingRunJob extends RunJob {
  private final RunOptions options;
  private final Gate gate;
  private final int after;

  /**
   * @param after how many records get past the gate before the failure
   */
  FailingRunJob(RunOptions options, Gate gate, int after) {
    super(options);
    this.options = options;
    this.gate = gate;
    this.after = after;
  }

  @Override
  Inputs inputs(StreamExecutionEnvironment env) {
    Inputs inputs = GatedFiles.npy(env, options.input().path(), options.samples(), gate);
    DataStream<FeatureBatch> failing =
        inputs
            .batches()
            .map(new FailOnce(gate.name(), after))
            .returns(BatchNormTypes.FEATURE_BATCH)
            .uid("fail-once");
    return new Inputs(failing, inputs.partitioned(), inputs.rejected());
  }

  private static final class FailOnce
      implements MapFunction<FeatureBatch, FeatureBatch>, CheckpointedFunction, CheckpointListener {
    private static final long serialVersionUID = 1L;

    private final String gate;
    private final int after;
    private int seen;

    FailOnce(String gate, int after) {
      this.gate = gate;
      this.after = after;
    }

    @Override
    public FeatureBatch map(FeatureBatch batch) {
      Gate state = Gate.named(gate);
      seen++;
      if (state.failures.get() > 0) {
        state.recordsAfterFailure.incrementAndGet();
      } else if (state.isOpen() && state.recordsBehindGate.incrementAndGet() > after) {
        state.failures.incrementAndGet();
        throw new IllegalStateException("the machine dies");
      }
      return batch;
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) {
      Gate.named(gate).snapshot(context.getCheckpointId(), seen);
    }

    @Override
    public void initializeState(FunctionInitializationContext context) {}

    @Override
    public void notifyCheckpointComplete(long checkpointId) {
      Gate.named(gate).completed(checkpointId);
    }
  }
}
