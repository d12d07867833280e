package io.batchnorm.types;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.RunningStatistics;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.typeutils.TypeExtractor;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TypeInformationTest {
  private static final List<TypeInformation<?>> ALL =
      List.of(
          BatchNormTypes.FEATURE_MAP,
          BatchNormTypes.RUNNING_STATISTICS,
          BatchNormTypes.FEATURE_BATCH,
          BatchNormTypes.NORMALIZED_BATCH,
          BatchNormTypes.REJECTED_RECORD,
          BatchNormTypes.KEY_STATISTICS,
          BatchNormTypes.DIRECTIVE,
          BatchNormTypes.KEY_STATE,
          BatchNormTypes.PENDING_BATCH,
          BatchNormTypes.BATCH_PART,
          BatchNormTypes.BATCH_PIECE);

  static Stream<TypeInformation<?>> all() {
    return ALL.stream();
  }

  @Test
  void flinkFindsTheTypesOfRecordsByItself() {
    assertThat(TypeInformation.of(FeatureBatch.class)).isSameAs(BatchNormTypes.FEATURE_BATCH);
    assertThat(TypeInformation.of(NormalizedBatch.class)).isSameAs(BatchNormTypes.NORMALIZED_BATCH);
    assertThat(TypeInformation.of(RejectedRecord.class)).isSameAs(BatchNormTypes.REJECTED_RECORD);
    assertThat(TypeInformation.of(KeyStatistics.class)).isSameAs(BatchNormTypes.KEY_STATISTICS);
    assertThat(TypeInformation.of(Directive.class)).isSameAs(BatchNormTypes.DIRECTIVE);
    assertThat(TypeInformation.of(BatchPiece.class)).isSameAs(BatchNormTypes.BATCH_PIECE);
  }

  @Test
  void flinkFindsTheTypeOfAnInstance() {
    Directive directive = Directive.freeze("camera");

    assertThat(TypeExtractor.getForObject(directive)).isSameAs(BatchNormTypes.DIRECTIVE);
  }

  @ParameterizedTest
  @MethodSource("all")
  void serializersAreOursAndNotKryo(TypeInformation<?> type) {
    TypeSerializer<?> serializer = type.createSerializer(new SerializerConfigImpl());

    assertThat(serializer).isInstanceOf(VersionedSerializer.class);
    assertThat(serializer.getClass().getSimpleName())
        .isEqualTo(type.getTypeClass().getSimpleName() + "Serializer");
  }

  @ParameterizedTest
  @MethodSource("all")
  void isOneFieldThatIsNoKey(TypeInformation<?> type) {
    assertThat(type.getTotalFields()).isEqualTo(1);
    assertThat(type.getArity()).isEqualTo(1);
    assertThat(type.isKeyType()).isFalse();
    assertThat(type.isBasicType()).isFalse();
    assertThat(type.isTupleType()).isFalse();
    assertThat(type).hasToString(type.getTypeClass().getSimpleName());
  }

  @ParameterizedTest
  @MethodSource("all")
  void equalsItselfAfterItWasShippedAndNoOther(TypeInformation<?> type) throws Exception {
    TypeInformation<?> shipped = InstantiationUtil.clone(type);

    assertThat(shipped).isEqualTo(type).hasSameHashCodeAs(type);
    assertThat(shipped.canEqual(type)).isTrue();
    assertThat(ALL).filteredOn(shipped::equals).containsExactly(type);
  }

  @Test
  void typesOfCoreValuesAreNamedHere() {
    assertThat(BatchNormTypes.FEATURE_MAP.getTypeClass()).isEqualTo(FeatureMap.class);
    assertThat(BatchNormTypes.RUNNING_STATISTICS.getTypeClass()).isEqualTo(RunningStatistics.class);
  }
}
