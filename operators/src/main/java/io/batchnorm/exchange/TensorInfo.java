package io.batchnorm.exchange;

/**
 * What the header of a safetensors file says about one tensor, checked: the shape and type account
 * for its bytes.
 */
public final class TensorInfo {

  private final String name;
  private final DType dtype;
  private final long[] shape;
  private final long begin;
  private final long end;

  /** Takes over {@code shape}; {@code begin} and {@code end} count from the start of the data. */
  TensorInfo(String name, DType dtype, long[] shape, long begin, long end) {
    this.name = name;
    this.dtype = dtype;
    this.shape = shape;
    this.begin = begin;
    this.end = end;
  }

  /** Returns the name, such as {@code layer1.0.bn1.running_mean}. */
  public String name() {
    return name;
  }

  /** Returns the type of the elements. */
  public DType dtype() {
    return dtype;
  }

  /** Returns a copy of the shape, empty for a scalar. */
  public long[] shape() {
    return shape.clone();
  }

  /** Returns how many bytes the tensor has in the file. */
  public long byteLength() {
    return end - begin;
  }

  long begin() {
    return begin;
  }

  long end() {
    return end;
  }

  @Override
  public String toString() {
    return name + ": " + dtype + Shapes.text(shape);
  }
}
