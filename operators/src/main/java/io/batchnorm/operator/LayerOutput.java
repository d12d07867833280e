package io.batchnorm.operator;

import io.batchnorm.core.LayerState;
import io.batchnorm.core.Step;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyState;

/** What comes of a layer, in this order. */
interface LayerOutput {
  /** Commands made {@code after} of {@code before}. The same object if there were none. */
  void changed(String key, KeyState before, KeyState after) throws Exception;

  /** A batch was accepted. */
  void normalized(FeatureBatch batch, Step step) throws Exception;

  /**
   * The statistics of a key are to be told.
   *
   * @param layer without statistics if they are forgotten
   * @param replaced whether a command put them in the place of what there was
   */
  void tell(String key, LayerState layer, boolean replaced) throws Exception;
}
