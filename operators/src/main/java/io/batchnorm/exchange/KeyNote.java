package io.batchnorm.exchange;

import io.batchnorm.core.InputRank;
import java.util.Optional;

/**
 * What is known of a key beside its statistics, for which a {@code state_dict} has no place.
 *
 * @param frozen whether its statistics were frozen
 * @param inputRank the rank that its batches had, if known
 * @param batches batches normalized in any mode, or {@link #UNKNOWN_BATCHES}
 */
public record KeyNote(boolean frozen, Optional<InputRank> inputRank, long batches) {
  /** The number of batches where nobody wrote it down. */
  public static final long UNKNOWN_BATCHES = -1;

  /** Nothing is known. */
  public static final KeyNote NONE = new KeyNote(false, Optional.empty(), UNKNOWN_BATCHES);

  /**
   * Checks the parts.
   *
   * @throws IllegalArgumentException if {@code batches} is below -1
   */
  public KeyNote {
    if (batches < UNKNOWN_BATCHES) {
      throw new IllegalArgumentException("batches is %d, wanted 0 or more".formatted(batches));
    }
  }

  /** A note of the freeze alone. */
  public static KeyNote ofFreeze(boolean frozen) {
    return frozen ? new KeyNote(true, Optional.empty(), UNKNOWN_BATCHES) : NONE;
  }
}
