package io.batchnorm.core;

import java.util.Objects;
import java.util.Optional;

/**
 * All that the layer of one key remembers: its statistics, whether they are frozen, and which rank
 * of input it takes. Immutable. Statistics are absent until the first batch or a load; the first
 * batch fixes rank and number of channels, as the constructor of a PyTorch layer does.
 */
public final class LayerState {
  /** A key that was never seen. */
  public static final LayerState NEW = new LayerState(null, null, false);

  private final RunningStatistics statistics;
  private final InputRank inputRank;
  private final boolean frozen;

  private LayerState(RunningStatistics statistics, InputRank inputRank, boolean frozen) {
    this.statistics = statistics;
    this.inputRank = inputRank;
    this.frozen = frozen;
  }

  /** A state from its parts; statistics and rank may be null for none. */
  public static LayerState of(RunningStatistics statistics, InputRank inputRank, boolean frozen) {
    return new LayerState(statistics, inputRank, frozen);
  }

  /** Statistics stop changing, batches are normalized in eval mode. */
  public LayerState freeze() {
    return new LayerState(statistics, inputRank, true);
  }

  /** Statistics learn again. */
  public LayerState unfreeze() {
    return new LayerState(statistics, inputRank, false);
  }

  /**
   * Forgets what was learned; weight, bias and the freeze stay. Without weight and bias the next
   * batch may have any shape.
   */
  public LayerState reset() {
    boolean hasAffine = statistics != null && statistics.affine().isPresent();
    return new LayerState(hasAffine ? statistics.reset() : null, null, frozen);
  }

  /**
   * Takes {@code loaded} instead of what was learned; the freeze stays. Weight and bias stay too if
   * the loaded statistics have none and fit them.
   */
  public LayerState load(RunningStatistics loaded) {
    Objects.requireNonNull(loaded);
    return new LayerState(withOwnAffine(loaded), null, frozen);
  }

  private RunningStatistics withOwnAffine(RunningStatistics loaded) {
    boolean keep =
        loaded.affine().isEmpty()
            && statistics != null
            && statistics.numFeatures() == loaded.numFeatures();
    return keep ? loaded.withAffine(statistics.affine().orElse(null)) : loaded;
  }

  /** The state after a batch of that rank was accepted. */
  LayerState after(InputRank rank, RunningStatistics next) {
    return rank == inputRank && Objects.equals(next, statistics)
        ? this
        : new LayerState(next, rank, frozen);
  }

  public Optional<RunningStatistics> statistics() {
    return Optional.ofNullable(statistics);
  }

  /** The rank that the accepted batches had; empty before the first. */
  public Optional<InputRank> inputRank() {
    return Optional.ofNullable(inputRank);
  }

  public boolean frozen() {
    return frozen;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof LayerState other
        && frozen == other.frozen
        && inputRank == other.inputRank
        && Objects.equals(statistics, other.statistics);
  }

  @Override
  public int hashCode() {
    return Objects.hash(statistics, inputRank, frozen);
  }

  @Override
  public String toString() {
    return "LayerState[%s, %s, frozen=%s]".formatted(statistics, inputRank, frozen);
  }
}
