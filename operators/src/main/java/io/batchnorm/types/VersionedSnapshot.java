package io.batchnorm.types;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSchemaCompatibility;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Remembers in a savepoint which version of a layout its state has, so that a newer serializer can
 * read and migrate it.
 *
 * <pre>
 * offset  size  field
 * 0       4     version of the layout
 * </pre>
 */
abstract class VersionedSnapshot<T> implements TypeSerializerSnapshot<T> {
  private static final int FORMAT = 1;

  private final int current;
  private int version;

  /**
   * @param current the version that the serializer writes today
   */
  VersionedSnapshot(int current) {
    this.current = current;
    this.version = current;
  }

  /** The serializer that reads {@code version}. */
  abstract TypeSerializer<T> serializerOf(int version);

  @Override
  public final int getCurrentVersion() {
    return FORMAT;
  }

  @Override
  public final void writeSnapshot(DataOutputView out) throws IOException {
    out.writeInt(version);
  }

  @Override
  public final void readSnapshot(int format, DataInputView in, ClassLoader classLoader)
      throws IOException {
    if (format != FORMAT) {
      throw new IOException(
          "%s has format %d, this release reads %d; use the release that wrote the savepoint"
              .formatted(getClass().getName(), format, FORMAT));
    }
    version = in.readInt();
    if (version < 1 || version > current) {
      throw new IOException(
          "state of %s has layout version %d, this release reads 1 to %d; use a newer release"
              .formatted(getClass().getName(), version, current));
    }
  }

  @Override
  public final TypeSerializer<T> restoreSerializer() {
    return serializerOf(version);
  }

  @Override
  public final TypeSerializerSchemaCompatibility<T> resolveSchemaCompatibility(
      TypeSerializerSnapshot<T> old) {
    if (old.getClass() != getClass()) {
      return TypeSerializerSchemaCompatibility.incompatible();
    }
    return ((VersionedSnapshot<T>) old).version == version
        ? TypeSerializerSchemaCompatibility.compatibleAsIs()
        : TypeSerializerSchemaCompatibility.compatibleAfterMigration();
  }
}
