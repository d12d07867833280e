package io.batchnorm.types;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Slice;
import io.batchnorm.types.SliceChange.Tell;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Layout, big-endian, version 3:
 *
 * <pre>
 * size  field
 * 1     kind: 1 a batch, 2 a piece, 3 a change
 * ?     a batch, version 2 of {@link FeatureBatchSerializer}
 * ?     or a piece, version 3 of {@link BatchPieceSerializer}
 * ?     or a change:
 *
 * ?     key, string: length + 1, then UTF-16 units in 1 to 3 bytes each (Flink's StringValue)
 * 4     index of the slice
 * 4     first channel of the slice
 * 4     behind its last channel
 * 4     channels of the whole layer
 * 8     turn
 * 1     flags: 1 nothing came before, 2 frozen, 4 a state follows, 8 tell, 16 tell that it is new
 * 8     number
 * ?     state, if flagged, see {@link KeyStateSerializer}
 * </pre>
 *
 * <p>Version 2 has pieces of version 2. Version 1 has batches and pieces of version 1.
 */
public final class BatchPartSerializer extends VersionedSerializer<BatchPart> {
  private static final long serialVersionUID = 1L;
  private static final int V1 = 1;
  private static final int V2 = 2;
  private static final int V3 = 3;
  private static final int CURRENT = V3;
  private static final int BATCH = 1;
  private static final int PIECE = 2;
  private static final int CHANGE = 3;
  private static final int FIRST = 1;
  private static final int FROZEN = 2;
  private static final int STATE = 4;
  private static final int TELL = 8;
  private static final int TELL_REPLACED = 16;
  private static final FeatureBatchSerializer BATCHES = new FeatureBatchSerializer();
  private static final BatchPieceSerializer PIECES = new BatchPieceSerializer();
  private static final KeyStateSerializer STATES = new KeyStateSerializer();

  public BatchPartSerializer() {
    this(CURRENT);
  }

  private BatchPartSerializer(int version) {
    super(version);
  }

  @Override
  public void serialize(BatchPart part, DataOutputView out) throws IOException {
    if (part instanceof FeatureBatch batch) {
      out.writeByte(BATCH);
      BATCHES.serialize(batch, out);
    } else if (part instanceof BatchPiece piece) {
      out.writeByte(PIECE);
      PIECES.serialize(piece, out);
    } else {
      out.writeByte(CHANGE);
      writeChange((SliceChange) part, out);
    }
  }

  private static void writeChange(SliceChange change, DataOutputView out) throws IOException {
    Strings.write(change.key(), out);
    Slices.write(change.slice(), out);
    out.writeInt(change.numFeatures());
    out.writeLong(change.turn());
    int tell =
        switch (change.tell()) {
          case NOTHING -> 0;
          case STATISTICS -> TELL;
          case REPLACED -> TELL_REPLACED;
        };
    boolean replaced = change.replacement() != null;
    out.writeByte(
        (change.first() ? FIRST : 0)
            | (change.frozen() ? FROZEN : 0)
            | (replaced ? STATE : 0)
            | tell);
    out.writeLong(change.number());
    if (replaced) {
      STATES.serialize(KeyState.of(change.replacement(), 0, 0, new long[0]), out);
    }
  }

  @Override
  BatchPart read(int version, DataInputView in) throws IOException {
    return switch (version) {
      case V1 -> read(in, FeatureBatchSerializer.V1, BatchPieceSerializer.V1);
      case V2 -> read(in, FeatureBatchSerializer.V2, BatchPieceSerializer.V2);
      case V3 -> read(in, FeatureBatchSerializer.V2, BatchPieceSerializer.V3);
      default -> throw BulkArrays.unknownVersion(getClass(), version);
    };
  }

  private static BatchPart read(DataInputView in, int batchVersion, int pieceVersion)
      throws IOException {
    int kind = in.readByte();
    return switch (kind) {
      case BATCH -> BATCHES.read(batchVersion, in);
      case PIECE -> PIECES.read(pieceVersion, in);
      case CHANGE -> readChange(in);
      default ->
          throw new IOException("kind is %d, wanted 1 to 3: the bytes are damaged".formatted(kind));
    };
  }

  private static SliceChange readChange(DataInputView in) throws IOException {
    String key = Strings.read(in);
    Slice slice = Slices.read(in);
    int numFeatures = BulkArrays.readLength(in, FeatureMap.MAX_VALUES, "channels");
    long turn = in.readLong();
    int flags = in.readByte();
    long number = in.readLong();
    Tell tell = (flags & TELL) == 0 ? Tell.NOTHING : Tell.STATISTICS;
    return new SliceChange(
        key,
        slice,
        numFeatures,
        turn,
        (flags & FIRST) != 0,
        (flags & FROZEN) != 0,
        (flags & STATE) == 0 ? null : STATES.deserialize(in).layer(),
        (flags & TELL_REPLACED) == 0 ? tell : Tell.REPLACED,
        number);
  }

  @Override
  public TypeSerializerSnapshot<BatchPart> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Version of the layout in a savepoint. */
  public static final class Snapshot extends VersionedSnapshot<BatchPart> {
    public Snapshot() {
      super(CURRENT);
    }

    @Override
    TypeSerializer<BatchPart> serializerOf(int version) {
      return new BatchPartSerializer(version);
    }
  }
}
