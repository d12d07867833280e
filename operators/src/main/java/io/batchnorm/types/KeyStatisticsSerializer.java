package io.batchnorm.types;

import io.batchnorm.core.RunningStatistics;
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
 * ?     key, string: length + 1, then UTF-16 units in 1 to 3 bytes each (Flink's StringValue)
 * 1     flags: 1 frozen, 2 reset
 * ?     statistics, see {@link RunningStatisticsSerializer}
 * </pre>
 */
public final class KeyStatisticsSerializer extends VersionedSerializer<KeyStatistics> {
  private static final long serialVersionUID = 1L;
  private static final int V1 = 1;
  private static final int CURRENT = V1;
  private static final int FROZEN = 1;
  private static final int RESET = 2;

  public KeyStatisticsSerializer() {
    this(CURRENT);
  }

  private KeyStatisticsSerializer(int version) {
    super(version);
  }

  @Override
  public void serialize(KeyStatistics value, DataOutputView out) throws IOException {
    Strings.write(value.key(), out);
    out.writeByte((value.frozen() ? FROZEN : 0) | (value.reset() ? RESET : 0));
    RunningStatisticsSerializer.INSTANCE.serialize(value.statistics(), out);
  }

  @Override
  KeyStatistics read(int version, DataInputView in) throws IOException {
    return switch (version) {
      case V1 -> readV1(in);
      default -> throw BulkArrays.unknownVersion(getClass(), version);
    };
  }

  private static KeyStatistics readV1(DataInputView in) throws IOException {
    String key = Strings.read(in);
    int flags = in.readByte();
    RunningStatistics statistics = RunningStatisticsSerializer.INSTANCE.deserialize(in);
    return new KeyStatistics(key, statistics, (flags & FROZEN) != 0, (flags & RESET) != 0);
  }

  @Override
  public TypeSerializerSnapshot<KeyStatistics> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Version of the layout in a savepoint. */
  public static final class Snapshot extends VersionedSnapshot<KeyStatistics> {
    public Snapshot() {
      super(CURRENT);
    }

    @Override
    TypeSerializer<KeyStatistics> serializerOf(int version) {
      return new KeyStatisticsSerializer(version);
    }
  }
}
