package io.batchnorm.operator;

import io.batchnorm.core.ChannelBlock;
import io.batchnorm.types.BatchPiece;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts pieces together to slices, which are whole batches unless the layer is sliced. Those of
 * several batches of a key may come in any order and mixed. Every value is copied once, into its
 * place.
 */
final class PieceJoin {
  private final Map<String, Map<Id, Incomplete>> byKey = new HashMap<>();

  private record Id(long sender, long number) {}

  private record Range(int from, int to) {
    boolean overlaps(Range other) {
      return from < other.to && other.from < to;
    }
  }

  /** A slice of which some channels have come. Nothing reads the others of its array. */
  private static final class Incomplete {
    private final BatchPiece slice;
    private final float[] values;
    private final List<Range> there = new ArrayList<>();
    private final long timestamp;
    private int missing;

    Incomplete(BatchPiece piece, long timestamp) {
      int run = piece.slice().width() * piece.header().spatialSize();
      this.timestamp = timestamp;
      values = new float[piece.block().rows() * run];
      missing = piece.slice().width();
      slice =
          new BatchPiece(
              piece.header(),
              piece.slice(),
              piece.turn(),
              piece.slice().from(),
              ChannelBlock.compact(values, piece.block().rows()));
    }

    boolean add(BatchPiece piece) {
      Range range = new Range(piece.from(), piece.to());
      checkNew(range);
      int first = (piece.from() - slice.from()) * slice.header().spatialSize();
      piece.block().copyInto(values, first, slice.block().run());
      there.add(range);
      missing -= piece.to() - piece.from();
      return missing == 0;
    }

    private void checkNew(Range range) {
      if (there.stream().anyMatch(range::overlaps)) {
        throw new IllegalStateException(
            "channels %d to %d of %s came twice".formatted(range.from, range.to, slice.header()));
      }
    }

    /**
     * Copies: a state backend may write them later than now, when the batch was completed and
     * normalized in its array.
     */
    List<Timed> pieces() {
      return there.stream()
          .map(range -> new Timed(slice.channels(range.from, range.to).copy(), timestamp))
          .toList();
    }
  }

  /**
   * Takes a piece in.
   *
   * @param key of the state to which it belongs
   * @return all of its slice, with the time of the first piece; null if some is still missing
   * @throws IllegalStateException if some of it is there, so that as much would be missing
   *     unnoticed
   */
  Timed add(String key, BatchPiece piece, long timestamp) {
    if (piece.isSlice()) {
      return new Timed(piece, timestamp);
    }
    Map<Id, Incomplete> ofKey = byKey.computeIfAbsent(key, k -> new HashMap<>(1));
    Id id = new Id(piece.header().sender(), piece.header().number());
    Incomplete incomplete = ofKey.computeIfAbsent(id, i -> new Incomplete(piece, timestamp));
    if (!incomplete.add(piece)) {
      return null;
    }
    ofKey.remove(id);
    if (ofKey.isEmpty()) {
      byKey.remove(key);
    }
    return new Timed(incomplete.slice, incomplete.timestamp);
  }

  /** Whether some of a batch is missing that was numbered before that one. */
  boolean awaitsBefore(String key, long number) {
    return byKey.getOrDefault(key, Map.of()).keySet().stream().anyMatch(id -> id.number < number);
  }

  /** What is there of slices that are not complete, added to {@code waiting} by key. */
  void addTo(Map<String, List<Timed>> waiting) {
    byKey.forEach(
        (key, slices) -> {
          List<Timed> pieces = waiting.computeIfAbsent(key, k -> new ArrayList<>());
          slices.values().forEach(slice -> pieces.addAll(slice.pieces()));
        });
  }

  /**
   * Belongs to the end of input.
   *
   * @throws IllegalStateException if something is incomplete, which would be lost
   */
  void checkComplete() {
    if (!byKey.isEmpty()) {
      throw new IllegalStateException(
          "the input has ended and pieces of batches are missing, of %d keys, one of them \"%s\""
              .formatted(byKey.size(), byKey.keySet().iterator().next()));
    }
  }
}
