package io.batchnorm.types;

/**
 * What the micro-batcher knows of a key's samples that wait in its list.
 *
 * @param count how many wait
 * @param deadline event time in milliseconds at which they become a batch, {@link Long#MAX_VALUE}
 *     for end of input
 * @param shape sizes of each sample {@code (C, *)} joined by {@code x}, such as {@code 3x32x32}
 */
public record PendingBatch(int count, long deadline, String shape) {

  /** With one more sample of that shape. */
  public PendingBatch withOneMore() {
    return new PendingBatch(count + 1, deadline, shape);
  }
}
