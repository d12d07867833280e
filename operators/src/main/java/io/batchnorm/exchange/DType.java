package io.batchnorm.exchange;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The element types of safetensors, by the names the files use.
 *
 * <p>They are declared in the order of the reference implementation, which is part of the format's
 * canonical form: a file lists the tensors of the last type first.
 */
public enum DType {
  BOOL(8),
  F4(4),
  F6_E2M3(6),
  F6_E3M2(6),
  U8(8),
  I8(8),
  F8_E5M2(8),
  F8_E4M3(8),
  F8_E8M0(8),
  F8_E4M3FNUZ(8),
  F8_E5M2FNUZ(8),
  I16(16),
  U16(16),
  F16(16),
  BF16(16),
  I32(32),
  U32(32),
  F32(32),
  C64(64),
  F64(64),
  I64(64),
  U64(64);

  private static final Map<String, DType> BY_NAME =
      Arrays.stream(values()).collect(Collectors.toMap(DType::name, Function.identity()));

  private final int bits;

  DType(int bits) {
    this.bits = bits;
  }

  /** Returns the size of one element in bits; the sub-byte types are packed. */
  public int bits() {
    return bits;
  }

  static Optional<DType> named(String name) {
    return Optional.ofNullable(BY_NAME.get(name));
  }

  /**
   * Returns how many bytes a tensor of that shape has, or {@link Shapes#OVERFLOW} if that is not a
   * whole number of bytes or does not fit a {@code long}.
   */
  long byteLength(long[] shape) {
    long elements = Shapes.elements(shape);
    if (elements == Shapes.OVERFLOW || elements > Long.MAX_VALUE / bits) {
      return Shapes.OVERFLOW;
    }
    long allBits = elements * bits;
    return allBits % Byte.SIZE == 0 ? allBits / Byte.SIZE : Shapes.OVERFLOW;
  }
}
