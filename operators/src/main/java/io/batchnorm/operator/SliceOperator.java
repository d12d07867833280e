package io.batchnorm.operator;

import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.Layer;
import io.batchnorm.core.LayerState;
import io.batchnorm.core.Mode;
import io.batchnorm.core.Step;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.BatchPart;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.KeyState;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.SliceChange;
import io.batchnorm.types.SliceChange.Tell;
import io.batchnorm.types.SlicePart;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * Normalizes slices of batches, each by the layer of its own channels, as {@link SliceFunction}
 * leads them. Keyed by slice.
 *
 * <p>Everything comes to a slice in its turn. After an unaligned checkpoint and a rescale, Flink
 * may bring what the new sender sends before what the old one had sent; what comes too early waits.
 */
final class SliceOperator extends AbstractStreamOperator<BatchPiece>
    implements OneInputStreamOperator<BatchPart, BatchPiece>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  /** Statistics of a slice, their number among those of the key, first channel, all channels. */
  static final OutputTag<Tuple4<KeyStatistics, Long, Integer, Integer>> STATISTICS =
      new OutputTag<>(
          "slice-statistics",
          Types.TUPLE(BatchNormTypes.KEY_STATISTICS, Types.LONG, Types.INT, Types.INT));

  private final BatchNormConfig layerConfig;
  private final Mode mode;
  private final int width;

  private transient Layer layer;
  private transient ValueState<KeyState> state;
  private transient PieceJoin pieces;
  private transient HeldParts held;
  private transient WaitingState waitingState;
  private transient Counter values;

  SliceOperator(BatchNormConfig config, Mode mode, int width) {
    this.layerConfig = config;
    this.mode = mode;
    this.width = width;
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    SliceNote.check(context.getOperatorStateStore(), width);
    SliceNote.write(context.getOperatorStateStore(), width);
    // Behind a shuffle every piece is a copy, which is written over.
    layer = new Layer(layerConfig, mode, /* ownsInput= */ true);
    state = context.getKeyedStateStore().getState(KeyedLayers.STATE);
    pieces = new PieceJoin();
    held = new HeldParts();
    waitingState = new WaitingState(this);
    waitingState.restore(context.getKeyedStateStore(), this::restore);
    values = getMetricGroup().addGroup(BatchNormMetrics.GROUP).counter("values");
  }

  private void restore(String sliceKey, Timed waited) {
    Timed complete = complete(sliceKey, waited);
    if (complete != null) {
      held.add(sliceKey, turn(complete), complete);
    }
  }

  private Timed complete(String sliceKey, Timed part) {
    return part.part() instanceof BatchPiece piece
        ? pieces.add(sliceKey, piece, part.timestamp())
        : part;
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    Map<String, List<Timed>> waiting = new HashMap<>();
    pieces.addTo(waiting);
    held.addTo(waiting);
    waitingState.snapshot(waiting);
  }

  @Override
  public void processElement(StreamRecord<BatchPart> record) throws Exception {
    String sliceKey = (String) getCurrentKey();
    Timed part = complete(sliceKey, Timed.of(record));
    if (part == null) {
      return;
    }
    KeyState before = state.value();
    if (!isNext(part, before)) {
      held.add(sliceKey, turn(part), part);
      return;
    }
    KeyState after = step(part, before);
    Timed next = held.first(sliceKey);
    while (next != null && isNext(next, after)) {
      held.removeFirst(sliceKey);
      after = step(next, after);
      next = held.first(sliceKey);
    }
    state.update(after);
  }

  private static boolean isNext(Timed timed, KeyState before) {
    if (before == null) {
      return timed.part() instanceof SliceChange change && change.first();
    }
    if (turn(timed) <= before.batches()) {
      throw new IllegalStateException(
          "turn %d of %s came again behind turn %d"
              .formatted(turn(timed), timed.part().key(), before.batches()));
    }
    return turn(timed) == before.batches() + 1;
  }

  private static long turn(Timed timed) {
    return ((SlicePart) timed.part()).turn();
  }

  private KeyState step(Timed timed, KeyState before) {
    LayerState slice = before == null ? LayerState.NEW : before.layer();
    LayerState next =
        timed.part() instanceof SliceChange change
            ? changed(timed, change, slice)
            : normalized(timed, (BatchPiece) timed.part(), slice);
    return KeyState.of(next, turn(timed), 0, new long[0]);
  }

  private LayerState changed(Timed timed, SliceChange change, LayerState slice) {
    LayerState after = change.applyTo(slice);
    if (change.tell() != Tell.NOTHING) {
      KeyStatistics told =
          after
              .statistics()
              .map(
                  s ->
                      new KeyStatistics(
                          change.key(), s, after.frozen(), change.tell() == Tell.REPLACED))
              .orElseGet(() -> KeyStatistics.forgotten(change.key(), after.frozen()));
      output.collect(
          STATISTICS,
          timed.at(Tuple4.of(told, change.number(), change.slice().from(), change.numFeatures())));
    }
    return after;
  }

  private LayerState normalized(Timed timed, BatchPiece piece, LayerState slice) {
    Step step;
    try {
      step = layer.apply(piece.features(), slice);
    } catch (InvalidBatchException e) {
      throw new IllegalStateException(
          "%s was accepted as a whole, and %s of it is not"
              .formatted(piece.header(), piece.slice()),
          e);
    }
    values.inc(piece.block().size());
    output.collect(timed.at(piece.normalized(step.y(), step.mode(), step.numBatchesTracked())));
    return step.next();
  }

  @Override
  public void endInput() {
    pieces.checkComplete();
    held.checkEmpty();
  }
}
