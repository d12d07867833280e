package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Random layers against real PyTorch (libtorch) in the same JVM. */
class TorchDifferentialTest {
  private static final int SEEDS_PER_RANK = 50;

  /** Float64 is exact enough at any conditioning: values of mean 1e4 and std 1e-3. */
  @ParameterizedTest(name = "rank {0}, seed {1}")
  @MethodSource("ranksAndSeeds")
  void agreesWithAFloat64ModuleToTheRoundingOfY(int rank, long seed) {
    RandomLayer layer = new RandomLayer(seed, rank, 300, 1e7);

    replay(layer, ScalarType.Double, ErrorScale.DOUBLE);
  }

  /** PyTorch's own float32 error is small enough to compare with up to a mean of 1e4 std. */
  @ParameterizedTest(name = "rank {0}, seed {1}")
  @MethodSource("ranksAndSeeds")
  void agreesWithAFloat32ModuleWithinItsOwnError(int rank, long seed) {
    RandomLayer layer = new RandomLayer(seed, rank, 64, 1e4);

    replay(layer, ScalarType.Float, ErrorScale.FLOAT);
  }

  static Stream<Arguments> ranksAndSeeds() {
    return IntStream.rangeClosed(FeatureMap.MIN_RANK, FeatureMap.MAX_RANK)
        .boxed()
        .flatMap(
            rank ->
                LongStream.range(0, SEEDS_PER_RANK)
                    .mapToObj(seed -> Arguments.of(rank, 1000L * rank + seed)));
  }

  private static void replay(RandomLayer layer, ScalarType dtype, double unit) {
    InputRank rank = InputRank.of(layer.evalBatch);
    try (TorchOracle torch =
        new TorchOracle(dtype, rank, layer.channels, layer.config, layer.affine)) {
      TorchBound bound = new TorchBound(unit, layer);
      RunningStatistics learned = train(layer, torch, bound);
      RunningStatistics statistics = narrowed(learned);
      torch.load(statistics);
      FeatureMap x = layer.evalBatch;

      FeatureMap y = new BatchNorm(layer.config).eval(x, statistics);

      double[] theirs = torch.eval(x);
      assertClose(y, theirs, (i, c) -> bound.ofEval(x, c, statistics, theirs[i]));
    }
  }

  private static RunningStatistics train(RandomLayer layer, TorchOracle torch, TorchBound bound) {
    RunningStatistics statistics =
        RunningStatistics.initial(layer.channels).withAffine(layer.affine);
    for (FeatureMap x : layer.trainingBatches) {
      TrainResult ours = new BatchNorm(layer.config).train(x, statistics);
      statistics = ours.statistics();
      bound.train(x, statistics);

      double[] theirs = torch.train(x);
      assertClose(ours.y(), theirs, (i, c) -> bound.ofTraining(x, c, theirs[i]));
      assertSameState(statistics, torch, bound);
    }
    return statistics;
  }

  private static void assertSameState(RunningStatistics ours, TorchOracle torch, TorchBound bound) {
    double[] mean = torch.runningMean();
    double[] var = torch.runningVar();
    assertThat(ours.numBatchesTracked()).isEqualTo(torch.numBatchesTracked());
    for (int c = 0; c < mean.length; c++) {
      assertThat(ours.mean(c)).isCloseTo(mean[c], within(bound.ofMean(c)));
      assertThat(ours.var(c)).isCloseTo(var[c], within(bound.ofVar(c)));
    }
  }

  /** Statistics that float32 holds exactly, so that both normalize by the same ones. */
  private static RunningStatistics narrowed(RunningStatistics statistics) {
    float[] mean = statistics.meanAsFloats();
    float[] var = statistics.varAsFloats();
    return RunningStatistics.of(
            statistics.numBatchesTracked(),
            statistics.count(),
            widened(c -> mean[c], mean.length),
            widened(c -> var[c], var.length))
        .withAffine(statistics.affine().orElse(null));
  }

  private static double[] widened(IntToDoubleFunction value, int length) {
    double[] values = new double[length];
    Arrays.setAll(values, value);
    return values;
  }

  private static void assertClose(FeatureMap ours, double[] theirs, Tolerance tolerance) {
    float[] y = ours.values();
    assertThat(y).hasSameSizeAs(theirs);
    for (int i = 0; i < y.length; i++) {
      int c = i / ours.spatialSize() % ours.numFeatures();
      // Computed only where needed: it walks over the channel.
      if (y[i] != theirs[i]) {
        assertThat((double) y[i])
            .describedAs("y[%d] of %s", i, ours)
            .isCloseTo(theirs[i], within(tolerance.at(i, c)));
      }
    }
  }

  private interface Tolerance {
    double at(int i, int c);
  }
}
