package io.batchnorm.types;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * State as a byte array, for those who cannot bring serializers of their own: the state of SQL
 * functions is of SQL types. Layout, big-endian:
 *
 * <pre>
 * offset  size  field
 * 0       4     version of the layout that follows
 * 4       ?     the value, as its serializer writes it in that version
 * </pre>
 */
public final class VersionedBytes<T> {
  /** See {@link KeyStateSerializer}. */
  public static final VersionedBytes<KeyState> KEY_STATE =
      new VersionedBytes<>(new KeyStateSerializer());

  /** See {@link PendingBatchSerializer}. */
  public static final VersionedBytes<PendingBatch> PENDING_BATCH =
      new VersionedBytes<>(new PendingBatchSerializer());

  private static final int INITIAL_SIZE = 64;

  private final VersionedSerializer<T> serializer;

  private VersionedBytes(VersionedSerializer<T> serializer) {
    this.serializer = serializer;
  }

  /** The value in the newest layout. */
  public byte[] write(T value) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(INITIAL_SIZE);
    out.writeInt(serializer.version());
    serializer.serialize(value, out);
    return out.getCopyOfBuffer();
  }

  /**
   * The value of bytes of any version.
   *
   * @throws IOException if they are damaged, or of a version that is not known here
   */
  public T read(byte[] bytes) throws IOException {
    DataInputDeserializer in = new DataInputDeserializer(bytes);
    T value = serializer.read(in.readInt(), in);
    if (in.available() > 0) {
      throw new IOException(
          "%d bytes of state are left over by %s"
              .formatted(in.available(), serializer.getClass().getSimpleName()));
    }
    return value;
  }
}
