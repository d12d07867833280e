package io.batchnorm.exchange;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The element types of a {@code .npy} file that are read, named by NumPy's code of kind and bytes.
 */
enum NpyType {
  BOOL("b1", 1),
  INT8("i1", 1),
  INT16("i2", 2),
  INT32("i4", 4),
  INT64("i8", 8),
  UINT8("u1", 1),
  UINT16("u2", 2),
  UINT32("u4", 4),
  UINT64("u8", 8),
  FLOAT16("f2", 2),
  FLOAT32("f4", 4),
  FLOAT64("f8", 8);

  private static final Map<String, NpyType> BY_CODE =
      Arrays.stream(values()).collect(Collectors.toMap(type -> type.code, Function.identity()));

  private final String code;
  private final int bytes;

  NpyType(String code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** Returns the size of one element. */
  int bytes() {
    return bytes;
  }

  /**
   * Returns the type of a code without its byte order, such as {@code f4}.
   *
   * @param descr the whole type, for the message
   * @throws ExchangeException if the type is not read here
   */
  static NpyType of(String code, String descr, String file) throws ExchangeException {
    NpyType type = BY_CODE.get(code);
    if (type == null) {
      throw ExchangeException.unsupported(
          file,
          "its elements are %s, dtype %s,".formatted(describe(code), Texts.quote(descr))
              + " expected bool, integers or floats of at most 64 bits;"
              + " save with np.save(f, a.astype(np.float32))");
    }
    return type;
  }

  private static String describe(String code) {
    return switch (code.isEmpty() ? ' ' : code.charAt(0)) {
      case 'O' -> "pickled objects, which are refused unread";
      case 'S', 'U', 'a', 'T' -> "strings";
      case 'M', 'm' -> "dates or durations";
      case 'V' -> "raw bytes";
      case 'c' -> "complex numbers";
      case 'f', 'g' -> "floats of an unknown width";
      default -> "of an unknown type";
    };
  }

  /**
   * Reads {@code count} elements from the position of {@code from}, in its byte order, into {@code
   * to[offset..]}.
   */
  void decode(ByteBuffer from, float[] to, int offset, int count) {
    switch (this) {
      case BOOL -> Decoders.bool(from, to, offset, count);
      case INT8 -> Decoders.int8(from, to, offset, count);
      case INT16 -> Decoders.int16(from, to, offset, count);
      case INT32 -> Decoders.int32(from, to, offset, count);
      case INT64 -> Decoders.int64(from, to, offset, count);
      case UINT8 -> Decoders.uint8(from, to, offset, count);
      case UINT16 -> Decoders.uint16(from, to, offset, count);
      case UINT32 -> Decoders.uint32(from, to, offset, count);
      case UINT64 -> Decoders.uint64(from, to, offset, count);
      case FLOAT16 -> Decoders.float16(from, to, offset, count);
      case FLOAT32 -> Decoders.float32(from, to, offset, count);
      case FLOAT64 -> Decoders.float64(from, to, offset, count);
    }
  }
}
