package io.batchnorm.types;

import io.batchnorm.core.RejectionReason;
import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Layout, big-endian, version 2:
 *
 * <pre>
 * size  field
 * ?     key, string
 * ?     id, string
 * ?     code of the reason, string
 * ?     message, string
 * 1     1 if the next three are there, else 0
 * ?     topic, string
 * 4     partition
 * 8     offset
 *
 * string: length + 1 and then the UTF-16 units, each in 1 to 3 bytes (Flink's StringValue)
 * </pre>
 *
 * <p>Version 1 ends behind the message.
 */
public final class RejectedRecordSerializer extends VersionedSerializer<RejectedRecord> {
  private static final long serialVersionUID = 1L;
  private static final int V1 = 1;
  private static final int V2 = 2;
  private static final int CURRENT = V2;

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
    out.writeBoolean(rejected.origin().isPresent());
    if (rejected.origin().isPresent()) {
      Origin origin = rejected.origin().get();
      Strings.write(origin.topic(), out);
      out.writeInt(origin.partition());
      out.writeLong(origin.offset());
    }
  }

  @Override
  RejectedRecord read(int version, DataInputView in) throws IOException {
    return switch (version) {
      case V1 -> readV1(in);
      case V2 -> readV2(in);
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

  private static RejectedRecord readV2(DataInputView in) throws IOException {
    RejectedRecord rejected = readV1(in);
    return in.readBoolean()
        ? rejected.from(new Origin(Strings.read(in), in.readInt(), in.readLong()))
        : rejected;
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
