package io.batchnorm.core;

import java.util.Arrays;

/**
 * What {@link Moments} tells of every channel, kept exactly: merging gives the same whatever the
 * order, and taking out all that was put in gives {@link #EMPTY}. Immutable.
 *
 * <p>For aggregates that must retract. Batch norm itself learns by {@link Moments}, which are
 * faster by far and only grow. Rows may differ in length: a channel counts the rows that reach it.
 */
public final class ExactMoments {
  /** No rows. */
  public static final ExactMoments EMPTY = new ExactMoments(new ExactChannel[0]);

  private final ExactChannel[] channels;

  private ExactMoments(ExactChannel[] channels) {
    this.channels = channels;
  }

  /** Moments of these channels, which are copied; empty ones at the end are left out. */
  public static ExactMoments of(ExactChannel... channels) {
    int length = channels.length;
    while (length > 0 && channels[length - 1].equals(ExactChannel.EMPTY)) {
      length--;
    }
    return length == 0 ? EMPTY : new ExactMoments(Arrays.copyOf(channels, length));
  }

  /** The rows of both. */
  public ExactMoments plus(ExactMoments other) {
    ExactChannel[] sums = new ExactChannel[Math.max(numFeatures(), other.numFeatures())];
    for (int c = 0; c < sums.length; c++) {
      sums[c] = channel(c).plus(other.channel(c));
    }
    return of(sums);
  }

  /** What takes these rows out again. */
  public ExactMoments negated() {
    return of(Arrays.stream(channels).map(ExactChannel::negated).toArray(ExactChannel[]::new));
  }

  /** Channels up to the last that is not empty. */
  public int numFeatures() {
    return channels.length;
  }

  /** Channel {@code c}, which is empty from {@link #numFeatures()} on. */
  public ExactChannel channel(int c) {
    return c < channels.length ? channels[c] : ExactChannel.EMPTY;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof ExactMoments other && Arrays.equals(channels, other.channels);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(channels);
  }

  @Override
  public String toString() {
    return "ExactMoments" + Arrays.toString(channels);
  }
}
