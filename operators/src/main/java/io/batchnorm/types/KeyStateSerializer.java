package io.batchnorm.types;

import io.batchnorm.core.InputRank;
import io.batchnorm.core.LayerState;
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
 * offset  size  field
 * 0       8     batches normalized
 * 8       8     lastDirective
 * 16      4     number of waiting directives w
 * 20      8*w   their sequence numbers
 * then    1     flags: 1 frozen, 2 statistics follow
 * then    1     input rank: 0 none yet, 1 BatchNorm1d, 2 BatchNorm2d, 3 BatchNorm3d
 * then    ?     statistics, if flagged, see {@link RunningStatisticsSerializer}
 * </pre>
 */
public final class KeyStateSerializer extends VersionedSerializer<KeyState> {
  private static final long serialVersionUID = 1L;
  private static final int V1 = 1;
  private static final int CURRENT = V1;
  private static final int FROZEN = 1;
  private static final int STATISTICS = 2;
  private static final int NO_RANK = 0;
  private static final int MAX_WAITING = 1 << 20;

  public KeyStateSerializer() {
    this(CURRENT);
  }

  private KeyStateSerializer(int version) {
    super(version);
  }

  @Override
  public void serialize(KeyState state, DataOutputView out) throws IOException {
    out.writeLong(state.batches());
    out.writeLong(state.lastDirective());
    writeLongs(state.waiting(), out);
    writeLayer(state.layer(), out);
  }

  private static void writeLongs(long[] values, DataOutputView out) throws IOException {
    out.writeInt(values.length);
    for (long value : values) {
      out.writeLong(value);
    }
  }

  private static void writeLayer(LayerState layer, DataOutputView out) throws IOException {
    boolean learned = layer.statistics().isPresent();
    out.writeByte((layer.frozen() ? FROZEN : 0) | (learned ? STATISTICS : 0));
    out.writeByte(layer.inputRank().map(KeyStateSerializer::codeOf).orElse(NO_RANK));
    if (learned) {
      RunningStatisticsSerializer.INSTANCE.serialize(layer.statistics().get(), out);
    }
  }

  private static int codeOf(InputRank rank) {
    return switch (rank) {
      case ONE_D -> 1;
      case TWO_D -> 2;
      case THREE_D -> 3;
    };
  }

  @Override
  KeyState read(int version, DataInputView in) throws IOException {
    return switch (version) {
      case V1 -> readV1(in);
      default -> throw BulkArrays.unknownVersion(getClass(), version);
    };
  }

  private static KeyState readV1(DataInputView in) throws IOException {
    long batches = in.readLong();
    long lastDirective = in.readLong();
    long[] waiting = new long[BulkArrays.readLength(in, MAX_WAITING, "waiting directives")];
    for (int i = 0; i < waiting.length; i++) {
      waiting[i] = in.readLong();
    }
    return KeyState.of(readLayer(in), batches, lastDirective, waiting);
  }

  private static LayerState readLayer(DataInputView in) throws IOException {
    int flags = in.readByte();
    InputRank rank = rankOf(in.readByte());
    RunningStatistics statistics =
        (flags & STATISTICS) == 0 ? null : RunningStatisticsSerializer.INSTANCE.deserialize(in);
    return LayerState.of(statistics, rank, (flags & FROZEN) != 0);
  }

  private static InputRank rankOf(byte code) throws IOException {
    return switch (code) {
      case NO_RANK -> null;
      case 1 -> InputRank.ONE_D;
      case 2 -> InputRank.TWO_D;
      case 3 -> InputRank.THREE_D;
      default -> throw new IOException("input rank is %d, wanted 0 to 3".formatted(code));
    };
  }

  @Override
  public TypeSerializerSnapshot<KeyState> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Version of the layout in a savepoint. */
  public static final class Snapshot extends VersionedSnapshot<KeyState> {
    public Snapshot() {
      super(CURRENT);
    }

    @Override
    TypeSerializer<KeyState> serializerOf(int version) {
      return new KeyStateSerializer(version);
    }
  }
}
