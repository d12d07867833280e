package io.batchnorm.operator;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.FeatureBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Batches to feed: the same key and number always gives the same values. */
final class Batches {
  /** Enough to have several in every key group of three subtasks. */
  static final List<String> KEYS =
      List.of("camera", "sensor", "tenant", "layer.1", "layer.2", "ключ", "鍵", "", "k8", "k9");

  private Batches() {}

  /** Two samples, three channels, two by two: far from 0, so that order of arithmetic shows. */
  static FeatureBatch of(String key, int number) {
    return ofShape(key, number, 2, 3, 2, 2);
  }

  static FeatureBatch ofShape(String key, int number, int... shape) {
    return FeatureBatch.of(key, key + "/" + number, map(key.hashCode() * 31L + number, shape));
  }

  static FeatureMap map(long seed, int... shape) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (100 + seed % 7 + random.nextDouble());
    }
    return FeatureMap.of(values, shape);
  }

  /** The same with one value replaced. */
  static FeatureBatch spoiled(FeatureBatch batch, float value) {
    float[] values = batch.features().values().clone();
    values[values.length / 2] = value;
    return new FeatureBatch(
        batch.key(), batch.ids(), FeatureMap.of(values, batch.features().shape()));
  }

  /** Batches {@code from} to {@code to - 1} of every key, keys in turn. */
  static List<FeatureBatch> inTurn(int from, int to) {
    List<FeatureBatch> batches = new ArrayList<>();
    for (int number = from; number < to; number++) {
      for (String key : KEYS) {
        batches.add(of(key, number));
      }
    }
    return batches;
  }

  /** Statistics of three channels to load. */
  static RunningStatistics statistics() {
    return RunningStatistics.of(
        40, 320, new double[] {100.5, 101.25, 99}, new double[] {0.5, 2, 1e-3});
  }
}
