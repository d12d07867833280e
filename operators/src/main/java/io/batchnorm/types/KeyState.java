package io.batchnorm.types;

import io.batchnorm.core.LayerState;
import java.util.Arrays;
import java.util.Objects;

/** All keyed state of the batch norm operator for one key. Immutable. */
public final class KeyState {
  /** A key that was never seen. */
  public static final KeyState NEW = new KeyState(LayerState.NEW, 0, 0, new long[0]);

  private final LayerState layer;
  private final long batches;
  private final long lastDirective;
  private final long[] waiting;

  private KeyState(LayerState layer, long batches, long lastDirective, long[] waiting) {
    this.layer = layer;
    this.batches = batches;
    this.lastDirective = lastDirective;
    this.waiting = waiting;
  }

  /**
   * A state from its parts.
   *
   * @param layer what batch normalization itself remembers
   * @param batches batches normalized, in any mode
   * @param lastDirective sequence number up to which directives are applied or waiting
   * @param waiting ascending sequence numbers of directives that act after a later batch; copied
   */
  public static KeyState of(LayerState layer, long batches, long lastDirective, long[] waiting) {
    Objects.requireNonNull(layer);
    return new KeyState(layer, batches, lastDirective, waiting.clone());
  }

  /** After one more normalized batch. */
  public KeyState afterBatch(LayerState next) {
    return new KeyState(next, batches + 1, lastDirective, waiting);
  }

  /** With its statistics fixed, as the command freeze does it. */
  public KeyState freeze() {
    return new KeyState(layer.freeze(), batches, lastDirective, waiting);
  }

  public LayerState layer() {
    return layer;
  }

  public long batches() {
    return batches;
  }

  public long lastDirective() {
    return lastDirective;
  }

  /** Whether any directive waits for a later batch. */
  public boolean hasWaiting() {
    return waiting.length > 0;
  }

  /** A copy of the sequence numbers of directives that act after a later batch. */
  public long[] waiting() {
    return waiting.clone();
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof KeyState other
        && batches == other.batches
        && lastDirective == other.lastDirective
        && layer.equals(other.layer)
        && Arrays.equals(waiting, other.waiting);
  }

  @Override
  public int hashCode() {
    return Objects.hash(layer, batches, lastDirective, Arrays.hashCode(waiting));
  }

  @Override
  public String toString() {
    return "KeyState[%s, batches=%d, lastDirective=%d, waiting=%s]"
        .formatted(layer, batches, lastDirective, Arrays.toString(waiting));
  }
}
