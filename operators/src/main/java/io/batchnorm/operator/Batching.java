package io.batchnorm.operator;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.NonFinite;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.types.PendingBatch;
import java.io.Serializable;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Decides which samples of a key, {@code (1, C, *)} each, become a batch {@code (N, C, *)}. Pure:
 * whoever holds the samples asks, and keeps the {@link PendingBatch} beside them.
 *
 * <p>A batch goes on when it has {@code batchSize} samples, when {@code timeout} of event time has
 * passed since its first, or before a sample of another shape or one too many for {@code
 * maxValues}. A sample whose own time is past the deadline opens the next batch, whether the
 * watermark has come or not, so batches of samples in order of time do not depend on when
 * watermarks come.
 *
 * @param batchSize samples of a full batch
 * @param timeout event time from the first sample of a batch, or null for none
 * @param nonFinite whether a sample with NaN or infinity is refused
 * @param maxValues of a batch, {@link FeatureMap#MAX_VALUES} but in tests, which cannot have a GiB
 *     for each
 */
public record Batching(int batchSize, Duration timeout, NonFinite nonFinite, int maxValues)
    implements Serializable {

  /**
   * Batches of any number of values that one map may have.
   *
   * @param timeout event time from the first sample of a batch, or null for none
   */
  public static Batching of(int batchSize, Duration timeout, NonFinite nonFinite) {
    return new Batching(batchSize, timeout, nonFinite, FeatureMap.MAX_VALUES);
  }

  /**
   * Checks what a sample can be refused for by itself, so that it spoils no batch.
   *
   * @throws InvalidBatchException if it is no single sample, has no values, or not the finite ones
   *     that it should
   */
  public void check(FeatureMap sample) {
    if (sample.batchSize() != 1) {
      throw new InvalidBatchException(
          RejectionReason.MALFORMED_INPUT,
          "sample %s has N = %d, wanted (1, C, *); send batches past the micro-batcher"
              .formatted(Arrays.toString(sample.shape()), sample.batchSize()));
    }
    sample.checkNotEmpty();
    if (nonFinite == NonFinite.REJECT) {
      sample.checkFinite();
    }
  }

  /**
   * Whether a sample joins the batch that waits; else that goes on without it.
   *
   * @param timestamp of the sample, null for none
   */
  public boolean takes(PendingBatch waiting, FeatureMap sample, Long timestamp) {
    long values = (waiting.count() + 1L) * sample.values().length;
    return values <= maxValues && !isPast(waiting, timestamp) && isOfShape(sample, waiting.shape());
  }

  private boolean isPast(PendingBatch waiting, Long timestamp) {
    return timeout != null && timestamp >= waiting.deadline();
  }

  /** Reads the sizes where they stand: every sample comes through here. */
  private static boolean isOfShape(FeatureMap sample, String shape) {
    int at = 0;
    for (int axis = 1; axis < sample.rank(); axis++) {
      long size = 0;
      int start = at;
      while (at < shape.length() && shape.charAt(at) != 'x') {
        size = 10 * size + (shape.charAt(at++) - '0');
      }
      if (at == start || size != sample.size(axis)) {
        return false;
      }
      at++;
    }
    return at == shape.length() + 1;
  }

  /**
   * The batch that begins with a sample.
   *
   * @param timestamp of the sample, null for none
   * @throws IllegalStateException if there is a timeout, and no time
   */
  public PendingBatch opened(FeatureMap sample, Long timestamp) {
    return new PendingBatch(1, deadline(timestamp), shapeOf(sample));
  }

  private long deadline(Long timestamp) {
    if (timeout == null) {
      return Long.MAX_VALUE;
    }
    if (timestamp == null) {
      throw new IllegalStateException(
          "a batch timeout wants event time, the samples have no timestamps; assign timestamps"
              + " and watermarks or batch by count alone");
    }
    return timestamp + timeout.toMillis();
  }

  private static String shapeOf(FeatureMap sample) {
    return Arrays.stream(sample.shape())
        .skip(1)
        .mapToObj(Integer::toString)
        .collect(Collectors.joining("x"));
  }

  /** Whether a batch goes on by its number of samples. */
  public boolean isFull(PendingBatch batch) {
    return batch.count() >= batchSize;
  }

  /** Whether a batch goes on at that event time. */
  public boolean isDue(PendingBatch waiting, long time) {
    return waiting.deadline() <= time;
  }
}
