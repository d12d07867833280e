package io.batchnorm.types;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * A serializer of an immutable type that writes the current version of its layout and reads that of
 * the version it was made for. Copies are identities.
 */
abstract class VersionedSerializer<T> extends TypeSerializer<T> {
  private static final long serialVersionUID = 1L;

  private final int version;

  VersionedSerializer(int version) {
    this.version = version;
  }

  /** The version whose layout it reads. */
  final int version() {
    return version;
  }

  /** Writes the newest layout. */
  @Override
  public abstract void serialize(T value, DataOutputView out) throws IOException;

  /** Reads the layout of {@code version}. */
  abstract T read(int version, DataInputView in) throws IOException;

  @Override
  public final T deserialize(DataInputView in) throws IOException {
    return read(version, in);
  }

  @Override
  public final T deserialize(T reuse, DataInputView in) throws IOException {
    return read(version, in);
  }

  @Override
  public final void copy(DataInputView in, DataOutputView out) throws IOException {
    serialize(deserialize(in), out);
  }

  @Override
  public final boolean isImmutableType() {
    return true;
  }

  /** Serializers keep nothing between calls, so one serves all threads. */
  @Override
  public final TypeSerializer<T> duplicate() {
    return this;
  }

  /** There is no empty record that would make sense; nothing is ever filled in place. */
  @Override
  public final T createInstance() {
    return null;
  }

  @Override
  public final T copy(T from) {
    return from;
  }

  @Override
  public final T copy(T from, T reuse) {
    return from;
  }

  @Override
  public final int getLength() {
    return -1;
  }

  @Override
  @SuppressWarnings("EqualsGetClass") // One equals for all subclasses, which differ by class.
  public final boolean equals(Object o) {
    return o != null
        && o.getClass() == getClass()
        && ((VersionedSerializer<?>) o).version == version;
  }

  @Override
  public final int hashCode() {
    return 31 * getClass().hashCode() + version;
  }
}
