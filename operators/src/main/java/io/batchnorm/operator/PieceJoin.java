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

  /** Some channels of some samples. */
  private record Area(int row, int toRow, int from, int to) {
    static Area of(BatchPiece piece) {
      return new Area(piece.row(), piece.toRow(), piece.from(), piece.to());
    }

    boolean overlaps(Area other) {
      return row < other.toRow && other.row < toRow && from < other.to && other.from < to;
    }

    @Override
    public String toString() {
      return "samples %d to %d, channels %d to %d".formatted(row, toRow, from, to);
    }
  }

  /** A slice of which some has come. Nothing reads the rest of its array. */
  private static final class Incomplete {
    private final BatchPiece slice;
    private final float[] values;
    private final List<Area> there = new ArrayList<>();
    private final long timestamp;
    private int missing;

    Incomplete(BatchPiece piece, long timestamp) {
      int rows = piece.header().batchSize();
      this.timestamp = timestamp;
      values = new float[rows * piece.slice().width() * piece.header().spatialSize()];
      missing = values.length;
      slice =
          new BatchPiece(
              piece.header(),
              piece.slice(),
              piece.turn(),
              0,
              piece.slice().from(),
              ChannelBlock.compact(values, rows));
    }

    boolean add(BatchPiece piece) {
      Area area = Area.of(piece);
      checkNew(area);
      int run = slice.block().run();
      int first = (piece.from() - slice.from()) * slice.header().spatialSize();
      piece.block().copyInto(values, piece.row() * run + first, run);
      there.add(area);
      missing -= piece.block().size();
      return missing == 0;
    }

    private void checkNew(Area area) {
      for (Area other : there) {
        if (area.overlaps(other)) {
          throw new IllegalStateException("%s of %s came twice".formatted(area, slice.header()));
        }
      }
    }

    /**
     * Copies: a state backend may write them later than now, when the batch was completed and
     * normalized in its array.
     */
    List<Timed> pieces() {
      return there.stream().map(area -> new Timed(part(area).copy(), timestamp)).toList();
    }

    private BatchPiece part(Area area) {
      return slice.rows(area.row, area.toRow).channels(area.from, area.to);
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
