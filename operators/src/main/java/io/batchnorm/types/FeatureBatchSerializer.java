package io.batchnorm.types;

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
 * ?     features, version 2 of {@link FeatureMapSerializer}
 *
 * string: length + 1 and then the UTF-16 units, each in 1 to 3 bytes (Flink's StringValue)
 * </pre>
 *
 * <p>Version 1 has features of version 1.
 */
public final class FeatureBatchSerializer extends VersionedSerializer<FeatureBatch> {
  private static final long serialVersionUID = 1L;
  static final int V1 = 1;
  static final int V2 = 2;
  private static final int CURRENT = V2;

  public FeatureBatchSerializer() {
    this(CURRENT);
  }

  private FeatureBatchSerializer(int version) {
    super(version);
  }

  @Override
  public void serialize(FeatureBatch batch, DataOutputView out) throws IOException {
    Strings.write(batch.key(), out);
    Ids.write(batch.ids(), out);
    FeatureMapSerializer.INSTANCE.serialize(batch.features(), out);
  }

  @Override
  FeatureBatch read(int version, DataInputView in) throws IOException {
    return switch (version) {
      case V1 -> read(in, FeatureMapSerializer.V1);
      case V2 -> read(in, FeatureMapSerializer.V2);
      default -> throw BulkArrays.unknownVersion(getClass(), version);
    };
  }

  private static FeatureBatch read(DataInputView in, int mapVersion) throws IOException {
    String key = Strings.read(in);
    List<String> ids = Ids.read(in);
    return new FeatureBatch(key, ids, FeatureMapSerializer.INSTANCE.read(mapVersion, in));
  }

  @Override
  public TypeSerializerSnapshot<FeatureBatch> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Version of the layout in a savepoint. */
  public static final class Snapshot extends VersionedSnapshot<FeatureBatch> {
    public Snapshot() {
      super(CURRENT);
    }

    @Override
    TypeSerializer<FeatureBatch> serializerOf(int version) {
      return new FeatureBatchSerializer(version);
    }
  }
}
