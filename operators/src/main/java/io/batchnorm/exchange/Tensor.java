package io.batchnorm.exchange;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;

/**
 * One tensor as safetensors holds it: type, shape and raw bytes, little-endian, row-major.
 * Immutable as long as nobody changes the array a tensor was made of.
 */
public final class Tensor {

  private static final String MEMORY = "(memory)";

  private final String file;
  private final String name;
  private final DType dtype;
  private final long[] shape;
  private final ByteBuffer data;

  private Tensor(String file, String name, DType dtype, long[] shape, ByteBuffer data) {
    this.file = file;
    this.name = name;
    this.dtype = dtype;
    this.shape = shape;
    this.data = data.asReadOnlyBuffer();
  }

  /** Returns a tensor read from a file, which its errors will name. */
  static Tensor read(String file, TensorInfo info, ByteBuffer data) {
    return new Tensor(file, info.name(), info.dtype(), info.shape(), data);
  }

  /**
   * Returns a tensor of any type.
   *
   * @param data little-endian, row-major; kept, not copied
   * @throws IllegalArgumentException if the shape has more than 32 dimensions or a negative one, or
   *     needs another number of bytes
   */
  public static Tensor of(DType dtype, long[] shape, byte[] data) {
    Shapes.check(shape);
    if (dtype.byteLength(shape) != data.length) {
      throw new IllegalArgumentException(
          "there are %d bytes, expected as many as shape %s of %s needs"
              .formatted(data.length, Shapes.text(shape), dtype));
    }
    return new Tensor(MEMORY, "", dtype, shape.clone(), ByteBuffer.wrap(data));
  }

  /**
   * Returns an F32 tensor.
   *
   * @param values row-major, copied
   * @throws IllegalArgumentException if the shape does not have as many elements as there are
   *     values
   */
  public static Tensor ofFloats(long[] shape, float[] values) {
    byte[] data = new byte[Math.multiplyExact(values.length, Float.BYTES)];
    ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return of(DType.F32, shape, data);
  }

  /**
   * Returns an F64 tensor.
   *
   * @param values row-major, copied
   * @throws IllegalArgumentException if the shape does not have as many elements as there are
   *     values
   */
  public static Tensor ofDoubles(long[] shape, double[] values) {
    byte[] data = new byte[Math.multiplyExact(values.length, Double.BYTES)];
    ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().put(values);
    return of(DType.F64, shape, data);
  }

  /** Returns an F32 tensor of shape {@code (values.length,)}; the values are copied. */
  public static Tensor ofVector(float... values) {
    return ofFloats(new long[] {values.length}, values);
  }

  /** Returns an I64 tensor of shape {@code ()}. */
  public static Tensor ofLong(long value) {
    byte[] data = new byte[Long.BYTES];
    ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).putLong(value);
    return of(DType.I64, new long[0], data);
  }

  /** Returns the type of the elements. */
  public DType dtype() {
    return dtype;
  }

  /** Returns a copy of the shape, empty for a scalar. */
  public long[] shape() {
    return shape.clone();
  }

  /** Returns the raw bytes: read-only, little-endian, from position 0 to the limit. */
  public ByteBuffer data() {
    return data.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Returns the elements of an F16, BF16, F32 or F64 tensor; F64 is rounded to nearest even.
   *
   * @throws ExchangeException if the type is another
   */
  public float[] asFloats() throws ExchangeException {
    ByteBuffer bytes = data();
    int count = (int) (bytes.remaining() * (long) Byte.SIZE / dtype.bits());
    return switch (dtype) {
      case F16 -> decoded(Decoders::float16, bytes, count);
      case BF16 -> decoded(Decoders::bfloat16, bytes, count);
      case F32 -> decoded(Decoders::float32, bytes, count);
      case F64 -> decoded(Decoders::float64, bytes, count);
      default -> throw wrongType("F32, F64, F16 or BF16");
    };
  }

  /**
   * Returns the elements of an F16, BF16, F32 or F64 tensor, all exactly.
   *
   * @throws ExchangeException if the type is another
   */
  public double[] asDoubles() throws ExchangeException {
    if (dtype == DType.F64) {
      DoubleBuffer bytes = data().asDoubleBuffer();
      double[] values = new double[bytes.remaining()];
      bytes.get(values);
      return values;
    }
    float[] floats = asFloats();
    double[] values = new double[floats.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = floats[i];
    }
    return values;
  }

  /**
   * Returns the elements of an I64 or I32 tensor.
   *
   * @throws ExchangeException if the type is another
   */
  public long[] asLongs() throws ExchangeException {
    ByteBuffer bytes = data();
    switch (dtype) {
      case I64 -> {
        long[] values = new long[bytes.remaining() / Long.BYTES];
        bytes.asLongBuffer().get(values);
        return values;
      }
      case I32 -> {
        long[] values = new long[bytes.remaining() / Integer.BYTES];
        for (int i = 0; i < values.length; i++) {
          values[i] = bytes.getInt();
        }
        return values;
      }
      default -> throw wrongType("I64 or I32");
    }
  }

  /**
   * Returns the one element of an I64 or I32 tensor of shape {@code ()} or {@code (1,)}; PyTorch
   * writes the former for a counter, some tools the latter.
   *
   * @throws ExchangeException if the type or the shape is another
   */
  public long asLong() throws ExchangeException {
    long[] values = asLongs();
    if (values.length != 1 || shape.length > 1) {
      throw ExchangeException.malformed(
          file,
          "tensor %s has shape %s, expected () or (1,)"
              .formatted(Texts.quote(name), Shapes.text(shape)));
    }
    return values[0];
  }

  private ExchangeException wrongType(String wanted) {
    return ExchangeException.unsupported(
        file, "tensor %s is of type %s, expected %s".formatted(Texts.quote(name), dtype, wanted));
  }

  private static float[] decoded(Decoder decoder, ByteBuffer bytes, int count) {
    float[] values = new float[count];
    decoder.decode(bytes, values, 0, count);
    return values;
  }

  private interface Decoder {
    void decode(ByteBuffer from, float[] to, int offset, int count);
  }

  @Override
  public String toString() {
    return dtype + Shapes.text(shape);
  }
}
