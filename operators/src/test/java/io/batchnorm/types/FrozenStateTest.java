package io.batchnorm.types;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What released versions wrote stays readable. Nothing rewrites the files. */
class FrozenStateTest {

  static Stream<FrozenValue<?>> frozen() {
    return FrozenValue.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("frozen")
  <T> void isRestoredAsItWas(FrozenValue<T> frozen) throws Exception {
    DataInputDeserializer in = new DataInputDeserializer(bytesOf(frozen.file()));
    TypeSerializerSnapshot<T> old =
        TypeSerializerSnapshot.readVersionedSnapshot(in, getClass().getClassLoader());
    TypeSerializerSnapshot<T> current = frozen.serializer().snapshotConfiguration();
    TypeSerializer<T> reader = old.restoreSerializer();

    T value = reader.deserialize(in);

    assertThat(current.resolveSchemaCompatibility(old).isIncompatible()).isFalse();
    assertThat(value).isEqualTo(frozen.value());
    assertThat(in.available()).isZero();
  }

  private static byte[] bytesOf(String file) throws Exception {
    try (InputStream in = FrozenStateTest.class.getResourceAsStream("/state/" + file)) {
      return Objects.requireNonNull(in, file).readAllBytes();
    }
  }
}
