package io.batchnorm.operator;

import io.batchnorm.types.BatchPart;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.Directive;
import io.batchnorm.types.NormalizedBatch;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.co.CoBroadcastWithKeyedOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Runs a {@link ControlledBatchNormFunction}, and puts the pieces of large batches together before
 * it. Nothing can be chained in front of an operator of two inputs, so a {@link JoinOperator} there
 * would send whole batches over the network.
 *
 * <p>CoBroadcastWithKeyedOperator is internal to Flink. It is what runs any
 * KeyedBroadcastProcessFunction; there is no public one to extend.
 */
final class JoiningControlledOperator
    extends CoBroadcastWithKeyedOperator<String, BatchPart, Directive, NormalizedBatch>
    implements BoundedMultiInput {
  private static final long serialVersionUID = 1L;
  private static final int BATCHES = 1;

  private transient PieceJoin pieces;
  private transient WaitingState state;

  JoiningControlledOperator(BatchNormSettings settings) {
    super(new ControlledBatchNormFunction<>(settings), List.of(DirectiveLog.DIRECTIVES));
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    pieces = new PieceJoin();
    state = new WaitingState(this);
    state.restore(
        context.getKeyedStateStore(),
        (key, waited) -> pieces.add(key, (BatchPiece) waited.part(), waited.timestamp()));
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    Map<String, List<Timed>> waiting = new HashMap<>();
    pieces.addTo(waiting);
    state.snapshot(waiting);
  }

  @Override
  public void processElement1(StreamRecord<BatchPart> record) throws Exception {
    if (!(record.getValue() instanceof BatchPiece piece)) {
      super.processElement1(record);
      return;
    }
    Timed complete = pieces.add(piece.key(), piece, Timed.of(record).timestamp());
    if (complete != null) {
      BatchPart batch = ((BatchPiece) complete.part()).batch();
      super.processElement1(complete.at(batch));
    }
  }

  @Override
  public void endInput(int inputId) {
    if (inputId == BATCHES) {
      pieces.checkComplete();
    }
  }
}
