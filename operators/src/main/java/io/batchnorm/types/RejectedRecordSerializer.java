package io.batchnorm.types;

import io.batchnorm.core.RejectionReason;
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
 * ?     key, string
 * ?     id, string
 * ?     code of the reason, string
 * ?     message, string
 *
 * string: length + 1 and then the UTF-16 units, each in 1 to 3 bytes (Flink's StringValue)
 * </pre>
 */
public final class RejectedRecordSerializer extends VersionedSerializer<RejectedRecord> {
  private static final long serialVersionUID = 1L;
  private static final int V1 = 1;
  private static final int CURRENT = V1;

  public RejectedRecordSerializer() {
    this(CURRENT);
  }

  private RejectedRecordSerializer(int version) {
    super(version);
  }

  @Override
  public void serialize(RejectedRecord rejected, DataOutputView out) throws IOException {
    Strings.write(rejected.key(), out);
    Strings.write(rejected.id(), out);
    Strings.write(rejected.reason().code(), out);
    Strings.write(rejected.message(), out);
  }

  @Override
  RejectedRecord read(int version, DataInputView in) throws IOException {
    return switch (version) {
      case V1 -> readV1(in);
      default -> throw BulkArrays.unknownVersion(getClass(), version);
    };
  }

  private static RejectedRecord readV1(DataInputView in) throws IOException {
    return new RejectedRecord(
        Strings.read(in),
        Strings.read(in),
        RejectionReason.ofCode(Strings.read(in)),
        Strings.read(in));
  }

  @Override
  public TypeSerializerSnapshot<RejectedRecord> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Version of the layout in a savepoint. */
  public static final class Snapshot extends VersionedSnapshot<RejectedRecord> {
    public Snapshot() {
      super(CURRENT);
    }

    @Override
    TypeSerializer<RejectedRecord> serializerOf(int version) {
      return new RejectedRecordSerializer(version);
    }
  }
}
