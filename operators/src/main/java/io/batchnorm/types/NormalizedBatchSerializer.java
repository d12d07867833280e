package io.batchnorm.types;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Mode;
import java.io.IOException;
import java.util.List;
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
 * 4     number of ids i, 1 or N
 * ?     i ids, strings
 * 1     mode: 1 train, 2 eval, 3 adapt
 * 8     numBatchesTracked
 * ?     features, version 2 of {@link FeatureMapSerializer}
 *
 * string: length + 1 and then the UTF-16 units, each in 1 to 3 bytes (Flink's StringValue)
 * </pre>
 *
 * <p>Version 1 has features of version 1.
 */
public final class NormalizedBatchSerializer extends VersionedSerializer<NormalizedBatch> {
  private static final long serialVersionUID = 1L;
  private static final int V1 = 1;
  private static final int V2 = 2;
  private static final int CURRENT = V2;
  private static final byte TRAIN = 1;
  private static final byte EVAL = 2;
  private static final byte ADAPT = 3;

  public NormalizedBatchSerializer() {
    this(CURRENT);
  }

  private NormalizedBatchSerializer(int version) {
    super(version);
  }

  @Override
  public void serialize(NormalizedBatch batch, DataOutputView out) throws IOException {
    Strings.write(batch.key(), out);
    Ids.write(batch.ids(), out);
    out.writeByte(codeOf(batch.mode()));
    out.writeLong(batch.numBatchesTracked());
    FeatureMapSerializer.INSTANCE.serialize(batch.features(), out);
  }

  @Override
  NormalizedBatch read(int version, DataInputView in) throws IOException {
    return switch (version) {
      case V1 -> read(in, FeatureMapSerializer.V1);
      case V2 -> read(in, FeatureMapSerializer.V2);
      default -> throw BulkArrays.unknownVersion(getClass(), version);
    };
  }

  private static NormalizedBatch read(DataInputView in, int mapVersion) throws IOException {
    String key = Strings.read(in);
    List<String> ids = Ids.read(in);
    Mode mode = modeOf(in.readByte());
    long numBatchesTracked = in.readLong();
    FeatureMap features = FeatureMapSerializer.INSTANCE.read(mapVersion, in);
    return new NormalizedBatch(key, ids, features, mode, numBatchesTracked);
  }

  static byte codeOf(Mode mode) {
    return switch (mode) {
      case TRAIN -> TRAIN;
      case EVAL -> EVAL;
      case ADAPT -> ADAPT;
    };
  }

  static Mode modeOf(byte code) throws IOException {
    return switch (code) {
      case TRAIN -> Mode.TRAIN;
      case EVAL -> Mode.EVAL;
      case ADAPT -> Mode.ADAPT;
      default -> throw new IOException("mode is %d, wanted 1 to 3".formatted(code));
    };
  }

  @Override
  public TypeSerializerSnapshot<NormalizedBatch> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Version of the layout in a savepoint. */
  public static final class Snapshot extends VersionedSnapshot<NormalizedBatch> {
    public Snapshot() {
      super(CURRENT);
    }

    @Override
    TypeSerializer<NormalizedBatch> serializerOf(int version) {
      return new NormalizedBatchSerializer(version);
    }
  }
}
