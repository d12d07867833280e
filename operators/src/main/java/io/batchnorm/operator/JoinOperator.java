package io.batchnorm.operator;

import io.batchnorm.types.BatchPart;
import io.batchnorm.types.BatchPiece;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Puts the pieces of batches together behind a shuffle by key, chained to the operator that takes
 * whole ones. What never was cut passes.
 *
 * @param <P> what comes
 * @param <T> whole batches
 */
final class JoinOperator<P extends BatchPart, T> extends AbstractStreamOperator<T>
    implements OneInputStreamOperator<P, T>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  private final boolean inOrder;
  private final MapFunction<BatchPart, T> whole;

  private transient PieceJoin pieces;
  private transient HeldParts held;
  private transient WaitingState state;
  private transient NumberOrder order;

  /**
   * @param inOrder whether batches go on in the order of their numbers, for pieces of one sender
   *     that come over several ways; else when they are complete
   * @param whole makes a batch of what is all of it
   */
  JoinOperator(boolean inOrder, MapFunction<BatchPart, T> whole) {
    this.inOrder = inOrder;
    this.whole = whole;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    pieces = new PieceJoin();
    held = new HeldParts();
    state = new WaitingState(this);
    order = inOrder ? new NumberOrder(context) : null;
    state.restore(context.getKeyedStateStore(), this::restore);
  }

  private void restore(String key, Timed waited) {
    Timed complete = pieces.add(key, (BatchPiece) waited.part(), waited.timestamp());
    if (complete != null) {
      held.add(key, number(complete), complete);
    }
  }

  private static long number(Timed complete) {
    return ((BatchPiece) complete.part()).header().number();
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    Map<String, List<Timed>> waiting = new HashMap<>();
    pieces.addTo(waiting);
    held.addTo(waiting);
    state.snapshot(waiting);
  }

  /**
   * Without an order no record wants the state of its key. To find that of each, and its group,
   * would cost as much as to batch a sample.
   */
  @Override
  public boolean hasKeyContext1() {
    return inOrder;
  }

  @Override
  public void processElement(StreamRecord<P> record) throws Exception {
    if (!(record.getValue() instanceof BatchPiece piece)) {
      output.collect(record.replace(whole.map(record.getValue())));
      return;
    }
    String key = piece.key();
    Timed complete = pieces.add(key, piece, Timed.of(record).timestamp());
    if (complete == null) {
      return;
    }
    if (!inOrder) {
      emit(complete);
      return;
    }
    held.add(key, number(complete), complete);
    Timed next = held.first(key);
    while (next != null && order.isNext(number(next), () -> awaitsBefore(key))) {
      held.removeFirst(key);
      emit(next);
      order.passed(number(next));
      next = held.first(key);
    }
  }

  private boolean awaitsBefore(String key) {
    return pieces.awaitsBefore(key, number(held.first(key)));
  }

  private void emit(Timed complete) throws Exception {
    output.collect(complete.at(whole.map(complete.part())));
  }

  @Override
  public void endInput() {
    pieces.checkComplete();
    held.checkEmpty();
  }
}
