package io.batchnorm.job.input;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.exchange.NpyArray;
import io.batchnorm.exchange.NpyReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/** Feature maps from {@code .npy} files. */
final class NpyFeatures {
  private NpyFeatures() {}

  /** The array as a batch {@code (N, C, *)}. */
  static FeatureMap batch(Path path) throws IOException {
    NpyArray array = NpyReader.read(path);
    return FeatureMap.of(array.values(), array.shape());
  }

  /** The array {@code (C, *)} as a sample {@code (1, C, *)}. */
  static FeatureMap sample(Path path) throws IOException {
    NpyArray array = NpyReader.read(path);
    int[] shape = array.shape();
    if (shape.length < 1 || shape.length > 4) {
      throw new InvalidBatchException(
          RejectionReason.WRONG_RANK,
          "shape %s has rank %d, wanted a sample of rank 1 to 4, (C, *); without --batch-size each file is a batch (N, C, *)"
              .formatted(Arrays.toString(shape), shape.length));
    }
    int[] batched = new int[shape.length + 1];
    batched[0] = 1;
    System.arraycopy(shape, 0, batched, 1, shape.length);
    return FeatureMap.of(array.values(), batched);
  }
}
