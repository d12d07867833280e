package io.batchnorm.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ReadOnlyBufferException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TensorTest {

  @Test
  void givesFloatsOfEveryFloatType() throws Exception {
    long[] two = {2};

    assertThat(Tensor.of(DType.F16, two, Fixtures.hex("003e 00c0")).asFloats())
        .containsExactly(1.5f, -2f);
    assertThat(Tensor.of(DType.BF16, two, Fixtures.hex("c03f 00c0")).asFloats())
        .containsExactly(1.5f, -2f);
    assertThat(Tensor.of(DType.F32, two, Fixtures.hex("0000c03f 000000c0")).asFloats())
        .containsExactly(1.5f, -2f);
    assertThat(
            Tensor.of(DType.F64, two, Fixtures.hex("000000000000f83f 00000000000000c0")).asFloats())
        .containsExactly(1.5f, -2f);
  }

  @Test
  void givesTheCounterOfShapeNothingOrOne() throws Exception {
    byte[] minusTwo = Fixtures.hex("feffffffffffffff");

    assertThat(Tensor.of(DType.I64, new long[0], minusTwo).asLong()).isEqualTo(-2);
    assertThat(Tensor.of(DType.I64, new long[] {1}, minusTwo).asLong()).isEqualTo(-2);
    assertThat(Tensor.of(DType.I32, new long[0], Fixtures.hex("feffffff")).asLong()).isEqualTo(-2);
    assertThat(Tensor.of(DType.I32, new long[] {2}, minusTwo).asLongs()).containsExactly(-2, -1);
  }

  @Test
  void namesFileAndTensorWhenTheTypeOrShapeIsNotTheOneAskedFor() throws Exception {
    Map<String, Tensor> state = SafetensorsReader.read(StateDict.BYTES, "bn").tensors();

    assertThatThrownBy(() -> state.get("num_batches_tracked").asFloats())
        .isInstanceOf(ExchangeException.class)
        .hasMessage(
            "bn: tensor 'num_batches_tracked' is of type I64, expected F32, F64, F16 or BF16")
        .extracting(e -> ((ExchangeException) e).fault())
        .isEqualTo(Fault.UNSUPPORTED_DTYPE);
    assertThatThrownBy(() -> state.get("bias").asLong())
        .hasMessage("bn: tensor 'bias' is of type F32, expected I64 or I32");
    assertThatThrownBy(() -> Tensor.of(DType.I32, new long[] {2}, new byte[8]).asLong())
        .isInstanceOf(ExchangeException.class)
        .hasMessageContaining("has shape (2,), expected () or (1,)");
    assertThatThrownBy(() -> Tensor.of(DType.I32, new long[] {1, 1}, new byte[4]).asLong())
        .hasMessageContaining("has shape (1, 1), expected () or (1,)");
  }

  @Test
  void isMadeOnlyOfBytesThatFillTheShape() {
    assertThatThrownBy(() -> Tensor.of(DType.F32, new long[] {2}, new byte[7]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there are 7 bytes, expected as many as shape (2,) of F32 needs");
    assertThatThrownBy(() -> Tensor.of(DType.F32, new long[] {-1}, new byte[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no negative dimension");
    assertThat(Tensor.of(DType.F6_E2M3, new long[] {4}, new byte[3])).hasToString("F6_E2M3(4,)");
  }

  @Test
  void handsOutBytesThatCannotBeChanged() {
    assertThatThrownBy(() -> Tensor.ofLong(1).data().put((byte) 1))
        .isInstanceOf(ReadOnlyBufferException.class);
    Tensor tensor = Tensor.ofLong(1);
    tensor.data().getLong();
    assertThat(tensor.data().getLong()).isEqualTo(1);
  }
}
