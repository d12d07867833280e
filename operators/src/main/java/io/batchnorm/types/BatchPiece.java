package io.batchnorm.types;

import io.batchnorm.core.ChannelBlock;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Mode;
import io.batchnorm.core.Slice;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * Some channels of some samples of a batch: of all of it, or of one {@link Slice} of it. A view on
 * the values of the batch, which are copied when they are written to the network, and not before.
 *
 * @param header what all pieces of the batch know of it
 * @param slice the channels that are normalized together, all unless the layer is sliced
 * @param turn see {@link SlicePart#turn}; 0 unless the layer is sliced
 * @param row first sample of this piece
 * @param from first channel of this piece
 * @param block its values
 */
@TypeInfo(BatchNormTypes.BatchPieceFactory.class)
public record BatchPiece(
    BatchHeader header, Slice slice, long turn, int row, int from, ChannelBlock block)
    implements SlicePart {

  /** What a record may have that crosses the network; Flink spills those of more than 5 MiB. */
  public static final int MAX_BYTES = 4 << 20;

  /**
   * What a record has that is cut from a larger one. It is copied several times on its way, and
   * should stay in a cache and, more often than not, within one of Flink's memory segments: one
   * that does not is copied once more.
   */
  public static final int CUT_BYTES = 128 << 10;

  /** Bytes of values for each character of the ids, all of which go with every piece. */
  private static final long BYTES_PER_ID_CHAR = 32;

  /**
   * @throws IllegalArgumentException if the values are not channels of samples of the slice
   */
  public BatchPiece {
    Objects.requireNonNull(header);
    int spatial = header.spatialSize();
    boolean fits =
        row >= 0
            && row <= header.batchSize() - block.rows()
            && spatial > 0
            && block.run() % spatial == 0
            && from >= slice.from()
            && from + block.run() / spatial <= slice.to()
            && slice.to() <= header.numFeatures();
    if (!fits) {
      throw new IllegalArgumentException(
          "%s is not samples %d and up, channels %d and up, of %s in %s"
              .formatted(block, row, from, slice, header));
    }
  }

  /**
   * A slice of a batch, in one piece.
   *
   * @param number of the batch, among those of its key
   */
  public static BatchPiece of(FeatureBatch batch, Slice slice, long number, long turn) {
    ChannelBlock block = ChannelBlock.of(batch.features(), slice.from(), slice.to());
    return new BatchPiece(BatchHeader.of(batch, 0, number), slice, turn, 0, slice.from(), block);
  }

  /** All of a batch, in one piece. */
  public static BatchPiece of(FeatureBatch batch, long sender, long number) {
    Slice whole = Slice.whole(batch.features().numFeatures());
    ChannelBlock block = ChannelBlock.of(batch.features(), 0, whole.to());
    return new BatchPiece(BatchHeader.of(batch, sender, number), whole, 0, 0, 0, block);
  }

  @Override
  public String key() {
    return header.key();
  }

  /** Behind the last channel of this piece. */
  public int to() {
    return from + block.run() / header.spatialSize();
  }

  /** Behind the last sample of this piece. */
  public int toRow() {
    return row + block.rows();
  }

  /** Whether it is all of its slice. */
  public boolean isSlice() {
    return block.rows() == header.batchSize() && from == slice.from() && to() == slice.to();
  }

  /** Whether it has more values than a record should. */
  public boolean isLarge() {
    return (long) block.size() * Float.BYTES > MAX_BYTES;
  }

  /** How many samples of it go together where it is cut, at least one. */
  public int rowsPerCut() {
    return perCut(block.run());
  }

  /** How many channels of one sample go together where that has to be cut, at least one. */
  public int channelsPerCut() {
    return perCut(header.spatialSize());
  }

  private int perCut(int values) {
    long ids = header.idChars();
    long most = MAX_BYTES - Math.min(ids, MAX_BYTES / 2);
    long bytes = Math.min(most, Math.max(CUT_BYTES, BYTES_PER_ID_CHAR * ids));
    return (int) Math.max(1, bytes / ((long) Float.BYTES * values));
  }

  /** Its samples {@code [first, last)} alone, counted as those of the batch. */
  public BatchPiece rows(int first, int last) {
    return new BatchPiece(header, slice, turn, first, from, block.rows(first - row, last - first));
  }

  /** Its channels {@code [first, last)} alone, counted as those of the batch. */
  public BatchPiece channels(int first, int last) {
    int spatial = header.spatialSize();
    ChannelBlock part = block.part((first - from) * spatial, (last - first) * spatial);
    return new BatchPiece(header, slice, turn, row, first, part);
  }

  /** The same, with values that nothing else sees. */
  public BatchPiece copy() {
    return new BatchPiece(header, slice, turn, row, from, block.copy());
  }

  /** The same channels, as some of the whole batch instead of some of their slice. */
  public BatchPiece ofWhole() {
    return new BatchPiece(header, Slice.whole(header.numFeatures()), turn, row, from, block);
  }

  /** Its channels as a feature map {@code (toRow - row, to - from, *)}. */
  public FeatureMap features() {
    int[] shape = header.shape();
    shape[0] = block.rows();
    shape[1] = to() - from;
    return FeatureMap.of(block.values(), shape);
  }

  /** The batch, if this is all of it. */
  public FeatureBatch batch() {
    return new FeatureBatch(header.key(), header.ids(), features());
  }

  /** The normalized batch, if this is all of it. */
  public NormalizedBatch normalizedBatch() {
    return new NormalizedBatch(
        header.key(), header.ids(), features(), header.mode(), header.numBatchesTracked());
  }

  /** The same channels, normalized. */
  public BatchPiece normalized(FeatureMap y, Mode mode, long numBatchesTracked) {
    return new BatchPiece(
        header.normalized(mode, numBatchesTracked),
        slice,
        turn,
        row,
        from,
        ChannelBlock.compact(y.values(), y.batchSize()));
  }
}
