package io.batchnorm.types;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.api.common.typeutils.SerializerTestBase;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.junit.jupiter.api.Test;

/** Flink's contract of serializers, as those of immutable types keep it. */
abstract class ImmutableSerializerTestBase<T> extends SerializerTestBase<T> {

  @Override
  protected int getLength() {
    return -1;
  }

  /** Flink's own test wants an instance to fill in; nothing immutable can be filled in. */
  @Override
  @Test
  protected void testInstantiate() {
    assertThat(getSerializer().createInstance()).isNull();
  }

  @Test
  void copiesAreTheValueItself() {
    TypeSerializer<T> serializer = getSerializer();

    assertThat(serializer.isImmutableType()).isTrue();
    for (T value : getTestData()) {
      assertThat(serializer.copy(value)).isSameAs(value);
      assertThat(serializer.copy(value, null)).isSameAs(value);
    }
  }
}
