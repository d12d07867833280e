package io.batchnorm.job.input;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.exchange.ExchangeException;
import io.batchnorm.exchange.NpyArray;
import java.util.Arrays;

/** Feature maps from arrays. */
public final class ArrayFeatures {
  private ArrayFeatures() {}

  /**
   * The array as a batch {@code (N, C, *)}.
   *
   * @throws InvalidBatchException if it has another rank
   */
  public static FeatureMap batch(NpyArray array) {
    return FeatureMap.of(array.values(), array.shape());
  }

  /**
   * The array {@code (C, *)} as a sample {@code (1, C, *)}.
   *
   * @throws InvalidBatchException if it has another rank
   */
  public static FeatureMap sample(NpyArray array) {
    int[] shape = array.shape();
    if (shape.length < 1 || shape.length > 4) {
      throw new InvalidBatchException(
          RejectionReason.WRONG_RANK,
          "shape %s has rank %d, wanted a sample of rank 1 to 4, (C, *); without --batch-size each array is a batch (N, C, *)"
              .formatted(Arrays.toString(shape), shape.length));
    }
    int[] batched = new int[shape.length + 1];
    batched[0] = 1;
    System.arraycopy(shape, 0, batched, 1, shape.length);
    return FeatureMap.of(array.values(), batched);
  }

  /** Why an array that could not be read is rejected. */
  public static RejectionReason reasonOf(ExchangeException e) {
    return switch (e.fault()) {
      case MALFORMED_FILE -> RejectionReason.MALFORMED_INPUT;
      case UNSUPPORTED_DTYPE -> RejectionReason.UNSUPPORTED_DTYPE;
      case TOO_LARGE -> RejectionReason.TOO_LARGE;
    };
  }
}
