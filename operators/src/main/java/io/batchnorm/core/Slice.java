package io.batchnorm.core;

import java.util.List;

/**
 * Channels {@code [from, to)} of a layer. Statistics are per channel, so a slice of a layer is a
 * layer of its own, which normalizes its channels to the same bits as the whole.
 *
 * @param index of the slice, from 0
 * @param from first channel
 * @param to behind the last channel; {@code from} if the layer has no channels there
 */
public record Slice(int index, int from, int to) {

  /**
   * @throws IllegalArgumentException if a part is negative, or from is above to
   */
  public Slice {
    if (index < 0 || from < 0 || to < from) {
      throw new IllegalArgumentException(
          "slice %d of channels %d to %d".formatted(index, from, to));
    }
  }

  /** The whole of {@code channels} channels. */
  public static Slice whole(int channels) {
    return new Slice(0, 0, channels);
  }

  /**
   * Slice {@code index} of a layer whose slices have {@code width} channels, the last maybe less.
   */
  public static Slice of(int index, int width, int channels) {
    long from = Math.min((long) index * width, channels);
    return new Slice(index, (int) from, (int) Math.min(from + width, channels));
  }

  /** How many slices of {@code width} a layer has. */
  public static int count(int channels, int width) {
    return (int) (((long) channels + width - 1) / width);
  }

  public int width() {
    return to - from;
  }

  /** What a layer of this slice remembers of what the whole one does. */
  public LayerState of(LayerState whole) {
    RunningStatistics statistics = whole.statistics().orElse(null);
    return LayerState.of(
        statistics == null || width() == 0 ? null : of(statistics),
        whole.inputRank().orElse(null),
        whole.frozen());
  }

  /**
   * These channels of statistics.
   *
   * @throws IndexOutOfBoundsException if there are fewer
   */
  public RunningStatistics of(RunningStatistics whole) {
    return whole.channels(from, to);
  }

  /**
   * Statistics of a layer put together from those of its slices, in order.
   *
   * @throws IllegalArgumentException if there are none, or they do not belong together: other
   *     counts, or not all with weight and bias
   */
  public static RunningStatistics joined(List<RunningStatistics> slices) {
    return RunningStatistics.joined(slices);
  }
}
