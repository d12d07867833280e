package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.types.BatchPart;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.FeatureBatch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** Batches cut in any way, their pieces mixed in any way, with restores in between. */
class PieceJoinPropertyTest {
  private static final String[] KEYS = {"a", "b"};

  private record Sent(FeatureBatch batch, List<BatchPart> pieces) {}

  /** Several senders number their batches alike; each sends those of both keys. */
  private static List<Sent> sent(List<Integer> seeds, Random random) {
    List<Sent> sent = new ArrayList<>();
    for (int i = 0; i < seeds.size(); i++) {
      int seed = seeds.get(i);
      int channels = 1 + seed % 7;
      FeatureBatch batch = Batches.ofShape(KEYS[seed % 2], i, 1 + seed % 3, channels, 1 + seed % 5);
      BatchPiece whole = BatchPiece.of(batch, i % 3, i / 3);
      List<BatchPart> pieces = new ArrayList<>();
      int from = 0;
      while (from < channels) {
        int to = from + 1 + random.nextInt(channels - from);
        pieces.addAll(cutAlongSamples(whole.channels(from, to), random));
        from = to;
      }
      Collections.shuffle(pieces, random);
      sent.add(new Sent(batch, pieces));
    }
    return sent;
  }

  private static List<BatchPiece> cutAlongSamples(BatchPiece piece, Random random) {
    List<BatchPiece> pieces = new ArrayList<>();
    int row = 0;
    while (row < piece.toRow()) {
      int to = row + 1 + random.nextInt(piece.toRow() - row);
      pieces.add(piece.rows(row, to));
      row = to;
    }
    return pieces;
  }

  private static List<BatchPart> mixed(List<Sent> sent, Random random) {
    List<BatchPart> mixed = new ArrayList<>();
    sent.forEach(batch -> mixed.addAll(batch.pieces()));
    Collections.shuffle(mixed, random);
    return mixed;
  }

  @Property(tries = 200)
  void givesEveryBatchOnceOnHeap(
      @ForAll @Size(min = 1, max = 12) List<@IntRange(min = 0, max = 104) Integer> seeds,
      @ForAll Random random)
      throws Exception {
    givesEveryBatchOnce(Backend.HASHMAP, seeds, random);
  }

  @Property(tries = 20)
  void givesEveryBatchOnceOnRocksdb(
      @ForAll @Size(min = 1, max = 12) List<@IntRange(min = 0, max = 104) Integer> seeds,
      @ForAll Random random)
      throws Exception {
    givesEveryBatchOnce(Backend.ROCKSDB, seeds, random);
  }

  private static void givesEveryBatchOnce(Backend backend, List<Integer> seeds, Random random)
      throws Exception {
    List<Sent> sent = sent(seeds, random);
    List<FeatureBatch> joined = new ArrayList<>();
    JoinerSubtask joiner = JoinerSubtask.open(backend, false);
    try {
      for (BatchPart piece : mixed(sent, random)) {
        joiner.takes(piece);
        if (random.nextInt(6) == 0) {
          JoinerSubtask before = joiner;
          joined.addAll(before.batches());
          before.checkpoint(1);
          joiner = JoinerSubtask.restore(backend, false, 1, 0, before.checkpoint(2));
          before.close();
        }
      }
      joined.addAll(joiner.batches());
      joiner.endOfInput();
    } finally {
      joiner.close();
    }

    assertThat(joined).containsExactlyInAnyOrderElementsOf(sent.stream().map(Sent::batch).toList());
  }
}
