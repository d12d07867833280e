package io.batchnorm.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.core.memory.DataOutputView;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VersionedSnapshotTest {
  private static final int FORMAT = 1;

  /** All others have had one layout only. */
  private static final Set<Class<?>> OF_VERSION_2 =
      Set.of(
          FeatureMapSerializer.class,
          FeatureBatchSerializer.class,
          NormalizedBatchSerializer.class,
          RejectedRecordSerializer.class);

  private static final Set<Class<?>> OF_VERSION_3 =
      Set.of(BatchPieceSerializer.class, BatchPartSerializer.class);

  static Stream<TypeSerializer<?>> serializers() {
    return Stream.of(
        new FeatureMapSerializer(),
        new RunningStatisticsSerializer(),
        new FeatureBatchSerializer(),
        new NormalizedBatchSerializer(),
        new RejectedRecordSerializer(),
        new KeyStatisticsSerializer(),
        new DirectiveSerializer(),
        new KeyStateSerializer(),
        new PendingBatchSerializer(),
        new ExactMomentsSerializer(),
        new BatchPieceSerializer(),
        new BatchPartSerializer());
  }

  @ParameterizedTest
  @MethodSource("serializers")
  <T> void sameVersionIsCompatibleAsIs(TypeSerializer<T> serializer) throws Exception {
    TypeSerializerSnapshot<T> old = serializer.snapshotConfiguration();
    old.readSnapshot(FORMAT, ofInt(versionOf(serializer)), getClass().getClassLoader());

    TypeSerializerSnapshot<T> current = serializer.snapshotConfiguration();

    assertThat(current.resolveSchemaCompatibility(old).isCompatibleAsIs()).isTrue();
    assertThat(old.restoreSerializer()).isEqualTo(serializer);
  }

  @ParameterizedTest
  @MethodSource("serializers")
  @SuppressWarnings("unchecked")
  <T> void stateOfAnotherTypeIsIncompatible(TypeSerializer<T> serializer) {
    TypeSerializerSnapshot<T> current = serializer.snapshotConfiguration();

    assertThat(serializers())
        .filteredOn(other -> other.getClass() != serializer.getClass())
        .hasSize(11)
        .allSatisfy(
            other -> {
              var snapshot = (TypeSerializerSnapshot<T>) other.snapshotConfiguration();
              assertThat(current.resolveSchemaCompatibility(snapshot).isIncompatible()).isTrue();
            });
  }

  @ParameterizedTest
  @MethodSource("serializers")
  void newerLayoutFailsAndSaysWhatToDo(TypeSerializer<?> serializer) {
    TypeSerializerSnapshot<?> snapshot = serializer.snapshotConfiguration();
    int today = versionOf(serializer);

    assertThatThrownBy(
            () -> snapshot.readSnapshot(FORMAT, ofInt(today + 1), getClass().getClassLoader()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(serializer.getClass().getName())
        .hasMessageContaining(
            "layout version %d, this release reads 1 to %d; use a newer release"
                .formatted(today + 1, today));
  }

  private static int versionOf(TypeSerializer<?> serializer) {
    if (OF_VERSION_3.contains(serializer.getClass())) {
      return 3;
    }
    return OF_VERSION_2.contains(serializer.getClass()) ? 2 : 1;
  }

  @Test
  void layoutBelowOneFails() {
    TypeSerializerSnapshot<?> snapshot = new KeyStateSerializer.Snapshot();

    assertThatThrownBy(() -> snapshot.readSnapshot(FORMAT, ofInt(0), getClass().getClassLoader()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("layout version 0");
  }

  @Test
  void unknownFormatOfTheSnapshotItselfFailsAndSaysWhatToDo() {
    TypeSerializerSnapshot<?> snapshot = new KeyStateSerializer.Snapshot();

    assertThatThrownBy(() -> snapshot.readSnapshot(2, ofInt(1), getClass().getClassLoader()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has format 2, this release reads 1; use the release that wrote");
  }

  @Test
  void olderLayoutIsReadByItsOwnSerializerAndMigrated() throws Exception {
    NextRelease.Snapshot old = new NextRelease.Snapshot();
    old.readSnapshot(FORMAT, ofInt(1), getClass().getClassLoader());

    assertThat(new NextRelease.Snapshot().resolveSchemaCompatibility(old))
        .matches(compatibility -> compatibility.isCompatibleAfterMigration());
    assertThat(old.restoreSerializer().deserialize(ofInt(70))).isEqualTo("read as version 1: 70");
  }

  @Test
  void restoredSnapshotIsWrittenWithItsOwnVersionAgain() throws Exception {
    NextRelease.Snapshot old = new NextRelease.Snapshot();
    old.readSnapshot(FORMAT, ofInt(1), getClass().getClassLoader());
    DataOutputSerializer out = new DataOutputSerializer(4);

    old.writeSnapshot(out);

    assertThat(out.getCopyOfBuffer()).isEqualTo(Bytes.hex("00000001"));
  }

  private static DataInputView ofInt(int value) throws IOException {
    DataOutputSerializer out = new DataOutputSerializer(4);
    out.writeInt(value);
    return new DataInputDeserializer(out.getCopyOfBuffer());
  }

  /** A serializer that has come to its second layout. */
  private static final class NextRelease extends VersionedSerializer<String> {
    private static final long serialVersionUID = 1L;
    private static final int CURRENT = 2;

    NextRelease(int version) {
      super(version);
    }

    @Override
    public void serialize(String value, DataOutputView out) throws IOException {
      out.writeUTF(value);
    }

    @Override
    String read(int version, DataInputView in) throws IOException {
      return "read as version %d: %d".formatted(version, in.readInt());
    }

    @Override
    public TypeSerializerSnapshot<String> snapshotConfiguration() {
      return new Snapshot();
    }

    static final class Snapshot extends VersionedSnapshot<String> {
      Snapshot() {
        super(CURRENT);
      }

      @Override
      TypeSerializer<String> serializerOf(int version) {
        return new NextRelease(version);
      }
    }
  }
}
