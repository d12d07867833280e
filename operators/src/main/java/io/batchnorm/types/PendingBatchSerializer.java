package io.batchnorm.types;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Layout, big-endian, version 1:
 *
 * <pre>
 * size  field
 * 4     count
 * 8     deadline
 * ?     shape, string: length + 1, then UTF-16 units in 1 to 3 bytes each (Flink's StringValue)
 * </pre>
 */
public final class PendingBatchSerializer extends VersionedSerializer<PendingBatch> {
  private static final long serialVersionUID = 1L;
  private static final int V1 = 1;
  private static final int CURRENT = V1;

  public PendingBatchSerializer() {
    this(CURRENT);
  }

  private PendingBatchSerializer(int version) {
    super(version);
  }

  @Override
  public void serialize(PendingBatch pending, DataOutputView out) throws IOException {
    out.writeInt(pending.count());
    out.writeLong(pending.deadline());
    Strings.write(pending.shape(), out);
  }

  @Override
  PendingBatch read(int version, DataInputView in) throws IOException {
    return switch (version) {
      case V1 -> readV1(in);
      default -> throw BulkArrays.unknownVersion(getClass(), version);
    };
  }

  private static PendingBatch readV1(DataInputView in) throws IOException {
    return new PendingBatch(in.readInt(), in.readLong(), Strings.read(in));
  }

  @Override
  public TypeSerializerSnapshot<PendingBatch> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Version of the layout in a savepoint. */
  public static final class Snapshot extends VersionedSnapshot<PendingBatch> {
    public Snapshot() {
      super(CURRENT);
    }

    @Override
    TypeSerializer<PendingBatch> serializerOf(int version) {
      return new PendingBatchSerializer(version);
    }
  }
}
