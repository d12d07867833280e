package io.batchnorm.types;

import io.batchnorm.core.LayerState;
import io.batchnorm.core.Slice;
import java.util.Objects;

/**
 * What happens to a slice of a layer beside the batches: whoever leads the slices of a key tells
 * each of them in its turn. A slice begins with one.
 *
 * @param key of the layer
 * @param slice of it; what its channels are now
 * @param numFeatures channels of the whole layer
 * @param turn see {@link SlicePart#turn}
 * @param first whether nothing came to this slice before
 * @param frozen whether the layer is frozen from now on
 * @param replacement what the slice is from now on; null if it stays what it is
 * @param tell whether the slice is to tell its statistics then
 * @param number of what is told, among all that is of the key; 0 if nothing is
 */
public record SliceChange(
    String key,
    Slice slice,
    int numFeatures,
    long turn,
    boolean first,
    boolean frozen,
    LayerState replacement,
    Tell tell,
    long number)
    implements SlicePart {

  /** What of the statistics goes out. */
  public enum Tell {
    /** Nothing. */
    NOTHING,
    /** Those that go on from those told before. */
    STATISTICS,
    /** Those that a command put in the place of what was told before. */
    REPLACED
  }

  public SliceChange {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(slice, "slice");
    Objects.requireNonNull(tell, "tell");
  }

  /** The layer of the slice after this. */
  public LayerState applyTo(LayerState layer) {
    LayerState base = replacement == null ? layer : replacement;
    return frozen ? base.freeze() : base.unfreeze();
  }
}
