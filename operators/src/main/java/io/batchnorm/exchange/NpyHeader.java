package io.batchnorm.exchange;

import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * What the header of a {@code .npy} file says, checked: element type, byte order, storage order and
 * shape.
 */
final class NpyHeader {

  /** The longest header read, NumPy's own limit for files that are not trusted. */
  static final int MAX_BYTES = 10_000;

  private final NpyType type;
  private final ByteOrder byteOrder;
  private final boolean fortranOrder;
  private final int[] shape;
  private final int elements;

  private NpyHeader(
      NpyType type, ByteOrder byteOrder, boolean fortranOrder, int[] shape, int elements) {
    this.type = type;
    this.byteOrder = byteOrder;
    this.fortranOrder = fortranOrder;
    this.shape = shape;
    this.elements = elements;
  }

  /**
   * Parses and checks a header.
   *
   * @param text the Python dict literal
   * @param dataBytes how many bytes follow the header
   * @throws ExchangeException if the text is not a header, the type is not read, or the shape needs
   *     more bytes than follow or more than {@link NpyReader#MAX_VALUES} values
   */
  static NpyHeader parse(String text, long dataBytes, String file) throws ExchangeException {
    NpyHeaderParser parser = new NpyHeaderParser(text, file);
    parser.parse();
    String descr = parser.descr();
    ByteOrder byteOrder =
        switch (descr.isEmpty() ? ' ' : descr.charAt(0)) {
          case '<' -> ByteOrder.LITTLE_ENDIAN;
          case '>' -> ByteOrder.BIG_ENDIAN;
          case '=', '|' -> ByteOrder.nativeOrder();
          default -> null;
        };
    NpyType type = NpyType.of(byteOrder == null ? descr : descr.substring(1), descr, file);
    long[] shape = parser.shape();
    int elements = checkedElements(shape, type, dataBytes, file);
    return new NpyHeader(
        type,
        byteOrder == null ? ByteOrder.nativeOrder() : byteOrder,
        parser.fortranOrder(),
        checkedShape(shape, file),
        elements);
  }

  private static int checkedElements(long[] shape, NpyType type, long dataBytes, String file)
      throws ExchangeException {
    long elements = Shapes.elements(shape);
    long present = dataBytes / type.bytes();
    if (elements == Shapes.OVERFLOW || elements > present) {
      throw ExchangeException.malformed(
          file,
          "shape %s needs %s values of %d bytes, but the file has only %d;"
                  .formatted(
                      Shapes.text(shape),
                      elements == Shapes.OVERFLOW ? "more than 2^63" : Long.toString(elements),
                      type.bytes(),
                      present)
              + " it was cut short, save or copy it again");
    }
    if (elements > NpyReader.MAX_VALUES) {
      throw ExchangeException.tooLarge(
          file,
          "shape %s has %d values, expected at most %d; split the array into several files"
              .formatted(Shapes.text(shape), elements, NpyReader.MAX_VALUES));
    }
    return (int) elements;
  }

  /** Narrows the dimensions; only an array of no elements can have one that does not fit. */
  private static int[] checkedShape(long[] shape, String file) throws ExchangeException {
    if (Arrays.stream(shape).anyMatch(dimension -> dimension > Integer.MAX_VALUE)) {
      throw ExchangeException.tooLarge(
          file,
          "shape %s has a dimension above %d".formatted(Shapes.text(shape), Integer.MAX_VALUE));
    }
    return Arrays.stream(shape).mapToInt(dimension -> (int) dimension).toArray();
  }

  NpyType type() {
    return type;
  }

  ByteOrder byteOrder() {
    return byteOrder;
  }

  boolean fortranOrder() {
    return fortranOrder;
  }

  /** Returns the shape, not copied. */
  int[] shape() {
    return shape;
  }

  int elements() {
    return elements;
  }
}
