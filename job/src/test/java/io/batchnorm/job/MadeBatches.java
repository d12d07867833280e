package io.batchnorm.job;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.types.FeatureBatch;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;

/**
 * Batches made up from key and number, keys in turn. It can hold after the last until the job is
 * stopped.
 */
final class MadeBatches implements SourceFunction<FeatureBatch> {
  private static final long serialVersionUID = 1L;

  private final int keys;
  private final int channels;
  private final int from;
  private final int to;
  private final boolean hold;
  private transient volatile CountDownLatch cancelled;

  /**
   * @param hold whether to hold instead of to end
   */
  MadeBatches(int keys, int channels, int from, int to, boolean hold) {
    this.keys = keys;
    this.channels = channels;
    this.from = from;
    this.to = to;
    this.hold = hold;
  }

  static String key(int key) {
    return "layer.%06d".formatted(key);
  }

  /** Two samples of values far from 0, so that the order of arithmetic shows. */
  static FeatureBatch of(int key, int number, int channels) {
    SplittableRandom random = new SplittableRandom(key * 31L + number);
    float[] values = new float[2 * channels];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (100 + key % 7 + random.nextDouble());
    }
    return FeatureBatch.of(key(key), key(key) + "/" + number, FeatureMap.of(values, 2, channels));
  }

  @Override
  public void run(SourceContext<FeatureBatch> context) throws Exception {
    cancelled = new CountDownLatch(1);
    for (int number = from; number < to; number++) {
      for (int key = 0; key < keys && cancelled.getCount() > 0; key++) {
        synchronized (context.getCheckpointLock()) {
          context.collect(of(key, number, channels));
        }
      }
    }
    if (hold) {
      cancelled.await();
    }
  }

  @Override
  public void cancel() {
    if (cancelled != null) {
      cancelled.countDown();
    }
  }
}
