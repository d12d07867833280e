package io.batchnorm.types;

import io.batchnorm.core.Slice;

/** What comes to one {@link Slice} of the layer of a key, in {@linkplain #turn() turn}. */
public sealed interface SlicePart extends BatchPart permits BatchPiece, SliceChange {
  /** Parts the key from the index. It is looked for from the end, so keys may have it too. */
  char SEPARATOR = '\0';

  Slice slice();

  /** Counts what comes to a slice, without gaps. Pieces of one slice of a batch have the same. */
  long turn();

  /** The key of the slice's state. */
  default String sliceKey() {
    return sliceKey(key(), slice().index());
  }

  /** The key of the state of a slice of {@code key}. */
  static String sliceKey(String key, int index) {
    return key + SEPARATOR + index;
  }

  /** The key that a slice's key is made of. */
  static String keyOf(String sliceKey) {
    return sliceKey.substring(0, separator(sliceKey));
  }

  /** The index that a slice's key is made of. */
  static int indexOf(String sliceKey) {
    return Integer.parseInt(sliceKey.substring(separator(sliceKey) + 1));
  }

  private static int separator(String sliceKey) {
    int at = sliceKey.lastIndexOf(SEPARATOR);
    if (at < 0) {
      throw new IllegalArgumentException("\"%s\" is no key of a slice".formatted(sliceKey));
    }
    return at;
  }
}
