package io.batchnorm.job;

import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.flink.api.common.accumulators.ListAccumulator;
import org.apache.flink.api.common.accumulators.LongCounter;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.runtime.state.FunctionInitializationContext;
import org.apache.flink.runtime.state.FunctionSnapshotContext;
import org.apache.flink.streaming.api.checkpoint.CheckpointedFunction;

/**
 * Counts records on their way, for progress and the closing summary. The counts are part of the
 * checkpoints, so a failure and restart leaves them right.
 */
abstract class Tally<T> extends RichMapFunction<T, T> implements CheckpointedFunction {
  private static final long serialVersionUID = 1L;

  static final String RECORDS = "records";
  static final String VALUES = "values";
  static final String REJECTED = "rejected";

  private transient Map<String, LongCounter> counters;
  private transient ListState<Tuple2<String, Long>> state;

  @Override
  public void initializeState(FunctionInitializationContext context) throws Exception {
    counters = new HashMap<>();
    state =
        context
            .getOperatorStateStore()
            .getListState(
                new ListStateDescriptor<>("counts", Types.TUPLE(Types.STRING, Types.LONG)));
    for (Tuple2<String, Long> count : state.get()) {
      count(count.f0, count.f1);
    }
  }

  @Override
  public void snapshotState(FunctionSnapshotContext context) throws Exception {
    state.clear();
    for (Map.Entry<String, LongCounter> entry : counters.entrySet()) {
      state.add(Tuple2.of(entry.getKey(), entry.getValue().getLocalValuePrimitive()));
    }
  }

  final void count(String name, long more) {
    counters.computeIfAbsent(name, this::counter).add(more);
  }

  private LongCounter counter(String name) {
    LongCounter counter = new LongCounter();
    getRuntimeContext().addAccumulator(name, counter);
    return counter;
  }

  /** Counts normalized records and their values. */
  static final class OfNormalized extends Tally<NormalizedBatch> {
    private static final long serialVersionUID = 1L;

    @Override
    public NormalizedBatch map(NormalizedBatch batch) {
      count(RECORDS, 1);
      count(VALUES, batch.features().values().length);
      return batch;
    }
  }

  /** Counts normalized records by their first slice, and the values of all. */
  static final class OfSlices extends Tally<BatchPiece> {
    private static final long serialVersionUID = 1L;

    @Override
    public BatchPiece map(BatchPiece slice) {
      count(RECORDS, slice.from() == 0 ? slice.header().ids().size() : 0);
      count(VALUES, slice.block().size());
      return slice;
    }
  }

  /** Counts batches or samples that are passed on as they are, and their values. */
  static final class OfBatches extends Tally<FeatureBatch> {
    private static final long serialVersionUID = 1L;

    @Override
    public FeatureBatch map(FeatureBatch batch) {
      count(RECORDS, 1);
      count(VALUES, batch.features().values().length);
      return batch;
    }
  }

  /** Counts rejected records by reason, and keeps the messages of the first few. */
  static final class OfRejected extends Tally<RejectedRecord> {
    private static final long serialVersionUID = 1L;

    static final String EXAMPLES = "rejected examples";
    private static final int MAX_EXAMPLES = 5;

    /** Keys and ids come from outside and go to a terminal. */
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}");

    private transient ListAccumulator<String> examples;
    private transient ListState<String> exampleState;

    @Override
    public void initializeState(FunctionInitializationContext context) throws Exception {
      super.initializeState(context);
      exampleState =
          context
              .getOperatorStateStore()
              .getListState(new ListStateDescriptor<>("examples", Types.STRING));
      examples = new ListAccumulator<>();
      getRuntimeContext().addAccumulator(EXAMPLES, examples);
      exampleState.get().forEach(examples::add);
    }

    @Override
    public void snapshotState(FunctionSnapshotContext context) throws Exception {
      super.snapshotState(context);
      exampleState.update(examples.getLocalValue());
    }

    @Override
    public RejectedRecord map(RejectedRecord rejected) {
      count(REJECTED, 1);
      count(REJECTED + "." + rejected.reason().code(), 1);
      if (examples.getLocalValue().size() < MAX_EXAMPLES) {
        examples.add(example(rejected));
      }
      return rejected;
    }

    private static String example(RejectedRecord rejected) {
      String where = rejected.key().isEmpty() ? "" : rejected.key() + "/";
      String text =
          "%s%s: %s: %s"
              .formatted(where, rejected.id(), rejected.reason().code(), rejected.message());
      return CONTROL.matcher(text).replaceAll("?");
    }
  }
}
