package io.batchnorm.types;

import io.batchnorm.core.ChannelBlock;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Slice;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Layout, big-endian but for the values, version 3:
 *
 * <pre>
 * size  field
 * ?     key, string
 * 4     number of ids i
 * ?     i ids, strings
 * 1     rank r, 2 to 5
 * 4*r   sizes N, C, spatial of the whole batch
 * 8     sender
 * 8     number
 * 1     mode: 0 not normalized, 1 train, 2 eval, 3 adapt
 * 8     numBatchesTracked
 * 4     index of the slice
 * 4     first channel of the slice
 * 4     behind its last channel
 * 8     turn
 * 4     first sample of the piece
 * 4     behind its last sample
 * 4     first channel of the piece
 * 4     behind its last channel
 * 4*n   values, float32, little-endian: of each sample of the piece its channels
 *
 * string: length + 1 and then the UTF-16 units, each in 1 to 3 bytes (Flink's StringValue)
 * </pre>
 *
 * <p>Versions 1 and 2 have no samples, as their pieces are of all. Version 1 has the values
 * big-endian.
 */
public final class BatchPieceSerializer extends VersionedSerializer<BatchPiece> {
  private static final long serialVersionUID = 1L;
  static final int V1 = 1;
  static final int V2 = 2;
  static final int V3 = 3;
  private static final int CURRENT = V3;
  private static final byte NOT_NORMALIZED = 0;

  public BatchPieceSerializer() {
    this(CURRENT);
  }

  private BatchPieceSerializer(int version) {
    super(version);
  }

  @Override
  public void serialize(BatchPiece piece, DataOutputView out) throws IOException {
    write(piece.header(), out);
    Slices.write(piece.slice(), out);
    out.writeLong(piece.turn());
    out.writeInt(piece.row());
    out.writeInt(piece.toRow());
    out.writeInt(piece.from());
    out.writeInt(piece.to());
    BulkArrays.writeRuns(piece.block(), ByteOrder.LITTLE_ENDIAN, out);
  }

  private static void write(BatchHeader header, DataOutputView out) throws IOException {
    Strings.write(header.key(), out);
    Ids.write(header.ids(), out);
    int[] shape = header.shape();
    out.writeByte(shape.length);
    for (int size : shape) {
      out.writeInt(size);
    }
    out.writeLong(header.sender());
    out.writeLong(header.number());
    out.writeByte(
        header.mode() == null ? NOT_NORMALIZED : NormalizedBatchSerializer.codeOf(header.mode()));
    out.writeLong(header.numBatchesTracked());
  }

  @Override
  BatchPiece read(int version, DataInputView in) throws IOException {
    return switch (version) {
      case V1 -> read(in, /* ofSomeRows= */ false, ByteOrder.BIG_ENDIAN);
      case V2 -> read(in, /* ofSomeRows= */ false, ByteOrder.LITTLE_ENDIAN);
      case V3 -> read(in, /* ofSomeRows= */ true, ByteOrder.LITTLE_ENDIAN);
      default -> throw BulkArrays.unknownVersion(getClass(), version);
    };
  }

  private static BatchPiece read(DataInputView in, boolean ofSomeRows, ByteOrder order)
      throws IOException {
    BatchHeader header = readHeader(in);
    Slice slice = Slices.read(in);
    long turn = in.readLong();
    int all = header.batchSize();
    int row = ofSomeRows ? BulkArrays.readLength(in, all, "first sample") : 0;
    int toRow = ofSomeRows ? BulkArrays.readLength(in, all, "last sample") : all;
    int from = BulkArrays.readLength(in, slice.to(), "first channel");
    int to = BulkArrays.readLength(in, slice.to(), "last channel");
    if (slice.to() > header.numFeatures() || from < slice.from() || to < from || toRow <= row) {
      throw new IOException(
          "samples %d to %d and channels %d to %d are not in %s of %s: the bytes are damaged"
              .formatted(row, toRow, from, to, slice, header));
    }
    int rows = toRow - row;
    float[] array = BulkArrays.readFloats(rows * header.spatialSize() * (to - from), order, in);
    return new BatchPiece(header, slice, turn, row, from, ChannelBlock.compact(array, rows));
  }

  /** The sizes are possible ones of a batch that has values, so no product of some overflows. */
  private static BatchHeader readHeader(DataInputView in) throws IOException {
    String key = Strings.read(in);
    List<String> ids = Ids.read(in);
    int[] shape = FeatureMapSerializer.readShape(in, FeatureMap.MAX_VALUES);
    if (Arrays.stream(shape).anyMatch(size -> size == 0)) {
      throw new IOException("0 values in one batch: the bytes are damaged");
    }
    BatchHeader header = BatchHeader.of(key, ids, shape, in.readLong(), in.readLong());
    byte mode = in.readByte();
    long tracked = in.readLong();
    return mode == NOT_NORMALIZED
        ? header
        : header.normalized(NormalizedBatchSerializer.modeOf(mode), tracked);
  }

  @Override
  public TypeSerializerSnapshot<BatchPiece> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Version of the layout in a savepoint. */
  public static final class Snapshot extends VersionedSnapshot<BatchPiece> {
    public Snapshot() {
      super(CURRENT);
    }

    @Override
    TypeSerializer<BatchPiece> serializerOf(int version) {
      return new BatchPieceSerializer(version);
    }
  }
}
