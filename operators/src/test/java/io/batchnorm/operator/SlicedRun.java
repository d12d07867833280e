package io.batchnorm.operator;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.BatchPart;
import io.batchnorm.types.BatchPartSerializer;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.BatchPieceSerializer;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyState;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import io.batchnorm.types.SlicePart;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.KeyedProcessOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * All operators of a sliced job, with the network between them played by queues: what is sent from
 * one subtask to another comes in order, what comes from several in any order, and a snapshot is
 * taken whatever is on its way, as that of an unaligned checkpoint.
 */
final class SlicedRun implements AutoCloseable {
  private final Random random;
  private final Stage<BatchPart> slicers;
  private final Stage<BatchPiece> slices;
  private final Stage<NormalizedBatch> joiner;
  private final Stage<KeyStatistics> statisticsJoiner;

  /** By sender and receiver. */
  private final Map<String, Deque<Runnable>> network = new LinkedHashMap<>();

  private Job job;
  private int epoch;
  private int mostOnTheWay;

  SlicedRun(Job job, int width, int parallelism, Random random) throws Exception {
    this.random = random;
    this.job = job;
    KeySelector<FeatureBatch, String> byKey = FeatureBatch::key;
    KeySelector<BatchPart, String> bySlice = part -> ((SlicePart) part).sliceKey();
    KeySelector<BatchPiece, String> piecesByKey = BatchPiece::key;
    KeySelector<Tuple4<KeyStatistics, Long, Integer, Integer>, String> statisticsByKey =
        part -> part.f0.key();
    slicers =
        new Stage<>(
            job.backend(),
            () -> new KeyedProcessOperator<>(new SliceFunction(this.job.settings(), width)),
            byKey,
            BatchNormTypes.BATCH_PART);
    slices =
        new Stage<>(
            job.backend(),
            () -> new SliceOperator(this.job.config(), this.job.mode(), width),
            bySlice,
            BatchNormTypes.BATCH_PIECE);
    joiner =
        new Stage<>(
            job.backend(),
            () ->
                new JoinOperator<BatchPiece, NormalizedBatch>(
                    true, part -> ((BatchPiece) part).normalizedBatch()),
            piecesByKey,
            BatchNormTypes.NORMALIZED_BATCH);
    statisticsJoiner =
        new Stage<>(
            job.backend(),
            () -> new KeyedProcessOperator<>(new StatisticsJoinFunction()),
            statisticsByKey,
            BatchNormTypes.KEY_STATISTICS);
    open(parallelism, parallelism);
  }

  private void open(int senders, int receivers) throws Exception {
    slicers.open(senders);
    slices.open(receivers);
    joiner.open(receivers);
    statisticsJoiner.open(receivers);
  }

  void batch(FeatureBatch batch) throws Exception {
    int index = slicers.subtaskOf(batch.key());
    slicers.feed(index, new StreamRecord<>(batch));
    sendOn(index);
  }

  private void sendOn(int index) {
    for (BatchPart part : slicers.newOutputs(index)) {
      int receiver = slices.subtaskOf(((SlicePart) part).sliceKey());
      for (BatchPart one : part instanceof BatchPiece piece ? halves(piece) : List.of(part)) {
        BatchPart received = shipped(new BatchPartSerializer(), one);
        send("cut " + index + " " + receiver, () -> slice(received));
      }
    }
  }

  /** As if they were large. */
  private static List<BatchPiece> halves(BatchPiece piece) {
    List<BatchPiece> halves = new ArrayList<>();
    int middle = piece.from() + (piece.to() - piece.from()) / 2;
    if (middle > piece.from()) {
      halves.addAll(samples(piece.channels(piece.from(), middle)));
    }
    halves.addAll(samples(piece.channels(middle, piece.to())));
    return halves;
  }

  private static List<BatchPiece> samples(BatchPiece piece) {
    return IntStream.range(piece.row(), piece.toRow())
        .mapToObj(row -> piece.rows(row, row + 1))
        .toList();
  }

  private void slice(BatchPart part) {
    int index = slices.subtaskOf(((SlicePart) part).sliceKey());
    slices.feed(index, new StreamRecord<>(part));
    for (BatchPiece piece : slices.newOutputs(index)) {
      for (BatchPiece one : halves(piece.ofWhole())) {
        BatchPiece received = shipped(new BatchPieceSerializer(), one);
        send("join " + index + " " + joiner.subtaskOf(one.key()), () -> join(received));
      }
    }
    for (Tuple4<KeyStatistics, Long, Integer, Integer> told :
        slices.newSideOutputs(index, SliceOperator.STATISTICS)) {
      int receiver = statisticsJoiner.subtaskOf(told.f0.key());
      send(
          "tell " + index + " " + receiver,
          () ->
              statisticsJoiner.feed(
                  statisticsJoiner.subtaskOf(told.f0.key()), new StreamRecord<>(told)));
    }
  }

  private void join(BatchPiece piece) {
    joiner.feed(joiner.subtaskOf(piece.key()), new StreamRecord<>(piece));
  }

  private static <T> T shipped(TypeSerializer<T> serializer, T value) {
    try {
      DataOutputSerializer out = new DataOutputSerializer(64);
      serializer.serialize(value, out);
      return serializer.deserialize(new DataInputDeserializer(out.getCopyOfBuffer()));
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** After a rescale there are other senders, and what they send may overtake. */
  private void send(String channel, Runnable delivery) {
    network.computeIfAbsent(channel + " " + epoch, c -> new ArrayDeque<>()).add(delivery);
  }

  /** Lets so many records arrive, if there are any on their way. */
  void deliver(int records) {
    for (int i = 0; i < records && !network.isEmpty(); i++) {
      List<String> channels = List.copyOf(network.keySet());
      String channel = channels.get(random.nextInt(channels.size()));
      Runnable next = network.get(channel).poll();
      if (network.get(channel).isEmpty()) {
        network.remove(channel);
      }
      next.run();
    }
  }

  void deliverAll() {
    deliver(Integer.MAX_VALUE);
  }

  /** Snapshot and restore at other parallelisms, while something is on its way or not. */
  void restore(int senders, int receivers) throws Exception {
    mostOnTheWay = Math.max(mostOnTheWay, network.values().stream().mapToInt(Deque::size).sum());
    epoch++;
    slicers.restore(senders);
    slices.restore(receivers);
    joiner.restore(receivers);
    statisticsJoiner.restore(receivers);
  }

  /** Snapshot and restore with other settings, on the same backend. */
  void restore(Job other) throws Exception {
    job = other;
    restore(slicers.parallelism(), slices.parallelism());
  }

  /** How many records were on their way at a snapshot. */
  int mostOnTheWay() {
    return mostOnTheWay;
  }

  void endOfInput() throws Exception {
    for (int index = 0; index < slicers.parallelism(); index++) {
      slicers.watermark(index, Watermark.MAX_WATERMARK);
      sendOn(index);
    }
    deliverAll();
    slices.endInput();
    joiner.endInput();
    for (int index = 0; index < statisticsJoiner.parallelism(); index++) {
      statisticsJoiner.watermark(index, Watermark.MAX_WATERMARK);
    }
  }

  List<NormalizedBatch> normalized(String key) {
    return joiner.outputs().stream().filter(batch -> batch.key().equals(key)).toList();
  }

  List<KeyStatistics> statistics(String key) {
    return statisticsJoiner.outputs().stream().filter(told -> told.key().equals(key)).toList();
  }

  List<RejectedRecord> rejected() {
    return slicers.sideOutputs(SideOutput.REJECTED);
  }

  Stage<BatchPart> slicers() {
    return slicers;
  }

  Stage<BatchPiece> slices() {
    return slices;
  }

  Stage<KeyStatistics> statisticsJoiner() {
    return statisticsJoiner;
  }

  /** State of a slice, null if it has none. */
  KeyState slice(String key, int index) throws Exception {
    return state(slices, SlicePart.sliceKey(key, index), KeyedLayers.STATE);
  }

  /** The last turn that was sent to the slices of a key. */
  long turn(String key) throws Exception {
    return state(slicers, key, SliceFunction.SENT).f0;
  }

  /** State of whoever leads the slices of a key. */
  KeyState leader(String key) throws Exception {
    return state(slicers, key, KeyedLayers.STATE);
  }

  private static <S> S state(Stage<?> stage, String key, ValueStateDescriptor<S> descriptor)
      throws Exception {
    var operator = stage.operator(stage.subtaskOf(key));
    operator.setCurrentKey(key);
    return operator
        .<String>getKeyedStateBackend()
        .getPartitionedState(VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, descriptor)
        .value();
  }

  @Override
  public void close() throws Exception {
    slicers.close();
    slices.close();
    joiner.close();
    statisticsJoiner.close();
  }
}
