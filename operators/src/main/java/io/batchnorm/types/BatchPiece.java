package io.batchnorm.types;

import io.batchnorm.core.ChannelBlock;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Mode;
import io.batchnorm.core.Slice;
import java.util.Objects;
import org.apache.flink.api.common.typeinfo.TypeInfo;

/**
 * Some channels of a batch: of all of it, or of one {@link Slice} of it. A view on the values of
 * the batch, which are copied when they are written to the network, and not before.
 *
 * @param header what all pieces of the batch know of it
 * @param slice the channels that are normalized together, all unless the layer is sliced
 * @param turn see {@link SlicePart#turn}; 0 unless the layer is sliced
 * @param from first channel of this piece
 * @param block its values
 */
@TypeInfo(BatchNormTypes.BatchPieceFactory.class)
public record BatchPiece(BatchHeader header, Slice slice, long turn, int from, ChannelBlock block)
    implements SlicePart {

  /** What a record may have that crosses the network; Flink spills those of more than 5 MiB. */
  public static final int MAX_BYTES = 4 << 20;

  /**
   * What a record has that is cut from a larger one. It is copied five times on its way, all of it
   * each time, and should stay in a second-level cache.
   */
  public static final int CUT_BYTES = 512 << 10;

  /**
   * @throws IllegalArgumentException if the values are not channels of the slice
   */
  public BatchPiece {
    Objects.requireNonNull(header);
    int spatial = header.spatialSize();
    boolean fits =
        block.rows() == header.batchSize()
            && spatial > 0
            && block.run() % spatial == 0
            && from >= slice.from()
            && from + block.run() / spatial <= slice.to()
            && slice.to() <= header.numFeatures();
    if (!fits) {
      throw new IllegalArgumentException(
          "%s is not channels %d and up of %s in %s".formatted(block, from, slice, header));
    }
  }

  /**
   * A slice of a batch, in one piece.
   *
   * @param number of the batch, among those of its key
   */
  public static BatchPiece of(FeatureBatch batch, Slice slice, long number, long turn) {
    ChannelBlock block = ChannelBlock.of(batch.features(), slice.from(), slice.to());
    return new BatchPiece(BatchHeader.of(batch, 0, number), slice, turn, slice.from(), block);
  }

  /** All of a batch, in one piece. */
  public static BatchPiece of(FeatureBatch batch, long sender, long number) {
    Slice whole = Slice.whole(batch.features().numFeatures());
    ChannelBlock block = ChannelBlock.of(batch.features(), 0, whole.to());
    return new BatchPiece(BatchHeader.of(batch, sender, number), whole, 0, 0, block);
  }

  @Override
  public String key() {
    return header.key();
  }

  /** Behind the last channel of this piece. */
  public int to() {
    return from + block.run() / header.spatialSize();
  }

  /** Whether it is all of its slice. */
  public boolean isSlice() {
    return from == slice.from() && to() == slice.to();
  }

  /** Whether it has more values than a record should. */
  public boolean isLarge() {
    return (long) block.size() * Float.BYTES > MAX_BYTES;
  }

  /** How many channels of it go together where it is cut, at least one. */
  public int channelsPerCut() {
    long channel = (long) Float.BYTES * header.batchSize() * header.spatialSize();
    return (int) Math.max(1, CUT_BYTES / channel);
  }

  /** Its channels {@code [first, last)} alone, counted as those of the batch. */
  public BatchPiece channels(int first, int last) {
    int spatial = header.spatialSize();
    ChannelBlock part = block.part((first - from) * spatial, (last - first) * spatial);
    return new BatchPiece(header, slice, turn, first, part);
  }

  /** The same channels, with values that nothing else sees. */
  public BatchPiece copy() {
    return new BatchPiece(header, slice, turn, from, block.copy());
  }

  /** The same channels, as some of the whole batch instead of some of their slice. */
  public BatchPiece ofWhole() {
    return new BatchPiece(header, Slice.whole(header.numFeatures()), turn, from, block);
  }

  /** Its channels as a feature map {@code (N, to - from, *)}. */
  public FeatureMap features() {
    int[] shape = header.shape();
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
        from,
        ChannelBlock.compact(y.values(), y.batchSize()));
  }
}
