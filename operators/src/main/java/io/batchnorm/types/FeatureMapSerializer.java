package io.batchnorm.types;

import io.batchnorm.core.FeatureMap;
import java.io.IOException;
import java.nio.ByteOrder;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Layout, big-endian but for the values, version 2:
 *
 * <pre>
 * offset   size  field
 * 0        1     rank r, 2 to 5
 * 1        4*r   sizes N, C, spatial
 * 1+4r     4*n   values, float32, little-endian, row-major; n is the product of the sizes, at most
 *                2^28
 * </pre>
 *
 * <p>Version 1 has the values big-endian.
 */
public final class FeatureMapSerializer extends VersionedSerializer<FeatureMap> {
  private static final long serialVersionUID = 1L;
  static final int V1 = 1;
  static final int V2 = 2;
  private static final int CURRENT = V2;

  static final FeatureMapSerializer INSTANCE = new FeatureMapSerializer();

  public FeatureMapSerializer() {
    this(CURRENT);
  }

  private FeatureMapSerializer(int version) {
    super(version);
  }

  @Override
  public void serialize(FeatureMap map, DataOutputView out) throws IOException {
    int[] shape = map.shape();
    out.writeByte(shape.length);
    for (int size : shape) {
      out.writeInt(size);
    }
    BulkArrays.writeFloats(map.values(), ByteOrder.LITTLE_ENDIAN, out);
  }

  @Override
  FeatureMap read(int version, DataInputView in) throws IOException {
    return switch (version) {
      case V1 -> read(in, ByteOrder.BIG_ENDIAN);
      case V2 -> read(in, ByteOrder.LITTLE_ENDIAN);
      default -> throw BulkArrays.unknownVersion(getClass(), version);
    };
  }

  private static FeatureMap read(DataInputView in, ByteOrder order) throws IOException {
    int[] shape = readShape(in, Integer.MAX_VALUE);
    int values = 1;
    for (int size : shape) {
      values *= size;
    }
    return FeatureMap.of(BulkArrays.readFloats(values, order, in), shape);
  }

  /**
   * Reads rank and sizes.
   *
   * @param largest size that is possible
   * @return sizes of at most {@link FeatureMap#MAX_VALUES} values
   */
  static int[] readShape(DataInputView in, int largest) throws IOException {
    int rank = in.readByte();
    if (rank < FeatureMap.MIN_RANK || rank > FeatureMap.MAX_RANK) {
      throw new IOException("rank is %d, wanted 2 to 5: the bytes are damaged".formatted(rank));
    }
    int[] shape = new int[rank];
    long product = 1;
    for (int i = 0; i < rank; i++) {
      shape[i] = BulkArrays.readLength(in, largest, "size");
      product = Math.min(product, 1L << 31) * shape[i];
    }
    if (product > FeatureMap.MAX_VALUES) {
      throw new IOException("%d values in one map: the bytes are damaged".formatted(product));
    }
    return shape;
  }

  @Override
  public TypeSerializerSnapshot<FeatureMap> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Version of the layout in a savepoint. */
  public static final class Snapshot extends VersionedSnapshot<FeatureMap> {
    public Snapshot() {
      super(CURRENT);
    }

    @Override
    TypeSerializer<FeatureMap> serializerOf(int version) {
      return new FeatureMapSerializer(version);
    }
  }
}
