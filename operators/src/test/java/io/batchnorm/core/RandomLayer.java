package io.batchnorm.core;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** A layer and some batches for it, all of them drawn from one seed. */
final class RandomLayer {
  private static final List<Averaging> AVERAGINGS =
      List.of(
          Averaging.exponential(0.1),
          Averaging.exponential(0),
          Averaging.exponential(1),
          Averaging.exponential(0.01),
          Averaging.cumulative());

  final int channels;
  final BatchNormConfig config;
  final Affine affine;
  final List<FeatureMap> trainingBatches = new ArrayList<>();
  final FeatureMap evalBatch;

  private final SplittableRandom random;
  private final double[] mean;
  private final double[] std;

  /**
   * @param maxRows of a batch of rank 2
   * @param maxConditioning largest mean / std of a channel
   */
  RandomLayer(long seed, int rank, int maxRows, double maxConditioning) {
    random = new SplittableRandom(seed);
    channels = 1 + random.nextInt(18);
    mean = new double[channels];
    std = new double[channels];
    for (int c = 0; c < channels; c++) {
      double size = random.nextInt(4) == 0 ? 0 : Math.pow(10, -2 + 6 * random.nextDouble());
      mean[c] = random.nextBoolean() ? size : -size;
      std[c] = Math.max(Math.pow(10, -3 + 6 * random.nextDouble()), size / maxConditioning);
    }
    affine = random.nextInt(3) == 0 ? null : affine();
    config =
        BatchNormConfig.builder()
            .eps(random.nextBoolean() ? 1e-5 : 1e-3)
            .averaging(AVERAGINGS.get(random.nextInt(AVERAGINGS.size())))
            .affine(affine != null)
            .unknownKey(UnknownKey.INITIAL)
            .build();
    int steps = 1 + random.nextInt(5);
    for (int i = 0; i < steps; i++) {
      trainingBatches.add(batch(rank, 2, maxRows));
    }
    evalBatch = batch(rank, 1, maxRows);
  }

  private Affine affine() {
    float[] weight = new float[channels];
    float[] bias = new float[channels];
    for (int c = 0; c < channels; c++) {
      weight[c] = (float) (4 * random.nextDouble() - 2);
      bias[c] = (float) (6 * random.nextDouble() - 3);
    }
    return Affine.of(weight, bias);
  }

  private FeatureMap batch(int rank, int minRows, int maxRows) {
    int[] shape = new int[rank];
    shape[0] = minRows + random.nextInt(rank == 2 ? maxRows - minRows + 1 : 7);
    shape[1] = channels;
    for (int i = 2; i < rank; i++) {
      shape[i] = 1 + random.nextInt(7);
    }
    int plane = Arrays.stream(shape, 2, rank).reduce(1, Math::multiplyExact);
    float[] values = new float[shape[0] * channels * plane];
    for (int i = 0; i < values.length; i++) {
      int c = i / plane % channels;
      values[i] = (float) (mean[c] + std[c] * gaussian());
    }
    return FeatureMap.of(values, shape);
  }

  /** Box and Muller. */
  private double gaussian() {
    double radius = Math.sqrt(-2 * Math.log(1 - random.nextDouble()));
    return radius * Math.cos(2 * Math.PI * random.nextDouble());
  }
}
