package io.batchnorm.job.input;

import io.batchnorm.core.FeatureMap;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;

/** Reads one file into one feature map. */
@FunctionalInterface
interface FeatureReader extends Serializable {
  /**
   * Reads the file.
   *
   * @throws io.batchnorm.core.InvalidBatchException if its content is no feature map
   * @throws io.batchnorm.exchange.ExchangeException if it is no file of its format
   * @throws IOException if it cannot be read at all
   */
  FeatureMap read(Path path) throws IOException;
}
