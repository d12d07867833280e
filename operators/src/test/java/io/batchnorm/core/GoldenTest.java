package io.batchnorm.core;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Replays what PyTorch did, and holds the complete list of what is done otherwise on purpose. */
class GoldenTest {
  /** Every case in which we differ from PyTorch, and all of the differences. No other differs. */
  private static final Map<String, List<String>> DIFFERENCES =
      Map.ofEntries(
          // A rejected batch is not counted.
          entry(
              "one_value_per_channel",
              List.of(
                  "step 0: num_batches_tracked is 0, PyTorch has 1",
                  "step 1: num_batches_tracked is 0, PyTorch has 1",
                  "step 2: num_batches_tracked is 1, PyTorch has 2")),
          entry(
              "one_value_per_channel_2d",
              List.of("step 0: num_batches_tracked is 0, PyTorch has 1")),
          entry(
              "channel_mismatch",
              List.of(
                  "step 0: num_batches_tracked is 0, PyTorch has 1",
                  "step 1: num_batches_tracked is 0, PyTorch has 1")),
          // An empty batch is rejected.
          entry(
              "empty_batch",
              List.of(
                  "step 0: rejected as empty_batch, PyTorch returns 0 values",
                  "step 0: num_batches_tracked is 0, PyTorch has 1",
                  "step 1: num_batches_tracked is 1, PyTorch has 2",
                  "step 2: rejected as empty_batch, PyTorch returns 0 values",
                  "step 2: num_batches_tracked is 1, PyTorch has 2")),
          entry(
              "empty_batch_momentum_none",
              List.of(
                  "step 0: rejected as empty_batch, PyTorch returns 0 values",
                  "step 0: num_batches_tracked is 0, PyTorch has 1",
                  "step 1: num_batches_tracked is 1, PyTorch has 2",
                  "step 1: running_mean is [2.0], PyTorch has [1.0]",
                  "step 1: running_mean is [2.0], float64 has [1.0]",
                  "step 1: running_var is [2.0], PyTorch has [1.5]",
                  "step 1: running_var is [2.0], float64 has [1.5]")),
          // Statistics are double: what overflows in float32 agrees with float64.
          entry(
              "float32_var_overflow",
              List.of(
                  "step 0: y is [1.0, -1.0], PyTorch has [0.0, 0.0]",
                  "step 0: running_var is [2.0E39], PyTorch has [Infinity]",
                  "step 1: y is [2.236068], PyTorch has [0.0]",
                  "step 1: running_var is [2.0E39], PyTorch has [Infinity]")),
          // eps must be above 0, as in later versions of PyTorch.
          entry("eval_running_var_0_eps_0", List.of("eps is 0.0")),
          entry("train_eps_0", List.of("eps is 0.0")));

  @ParameterizedTest
  @MethodSource("cases")
  void givesThePytorchNumbersButForTheDifferencesListedHere(Golden.Case golden) {
    List<String> expected = DIFFERENCES.getOrDefault(golden.name(), List.of());

    assertThat(differences(golden)).isEqualTo(expected);
  }

  @Test
  void everyListedDifferenceIsOfACaseThatExists() {
    assertThat(cases().map(Golden.Case::name)).hasSize(47).containsAll(DIFFERENCES.keySet());
  }

  @ParameterizedTest
  @MethodSource("casesWithNonFiniteValues")
  void rejectsNonFiniteInputAndKeepsTheStatisticsAsTheyWere(Golden.Case golden) {
    BatchNorm batchNorm = new BatchNorm(golden.config(NonFinite.REJECT));
    RunningStatistics before = golden.initialStatistics();

    Golden.Step first = golden.steps().get(0);

    assertThatExceptionOfType(InvalidBatchException.class)
        .isThrownBy(() -> result(batchNorm, first, before))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(RejectionReason.NON_FINITE));
    assertThat(before).isEqualTo(golden.initialStatistics());
  }

  @Test
  void aRejectedNanLeavesTheNextBatchesCleanWherePytorchStaysNan() {
    Golden.Case golden = Golden.named("nan_in_channel_0");
    BatchNorm batchNorm = new BatchNorm(golden.config(NonFinite.REJECT));
    Golden.Step clean = golden.steps().get(1);

    RunningStatistics next = result(batchNorm, clean, golden.initialStatistics()).statistics();

    assertThat(clean.state().mean()[0]).isNaN();
    assertThat(next.numBatchesTracked()).isEqualTo(1);
    assertThat(new double[] {next.mean(0), next.mean(1), next.var(0), next.var(1)})
        .doesNotContain(Double.NaN);
  }

  static Stream<Golden.Case> cases() {
    return Golden.cases().stream();
  }

  static Stream<Golden.Case> casesWithNonFiniteValues() {
    List<Golden.Case> found = cases().filter(c -> hasNonFiniteValue(c.steps().get(0).x())).toList();
    assertThat(found).hasSize(4);
    return found.stream();
  }

  private static boolean hasNonFiniteValue(FeatureMap x) {
    for (float value : x.values()) {
      if (!Float.isFinite(value)) {
        return true;
      }
    }
    return false;
  }

  private static List<String> differences(Golden.Case golden) {
    BatchNorm batchNorm;
    try {
      batchNorm = new BatchNorm(golden.config());
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageStartingWith("eps is %s, wanted", golden.eps());
      return List.of("eps is " + golden.eps());
    }
    List<String> found = new ArrayList<>();
    RunningStatistics statistics = golden.initialStatistics();
    double largest = 0;
    List<Golden.Step> steps = golden.steps();
    for (int i = 0; i < steps.size(); i++) {
      Golden.Step step = steps.get(i);
      largest = Math.max(largest, Reference.maxAbs(step.x().values()));
      GoldenComparison comparison =
          new GoldenComparison("step %d: ".formatted(i), golden, step, found);
      RunningStatistics before = statistics;
      try {
        golden.inputRank().check(step.x());
        TrainResult result = result(batchNorm, step, before);
        comparison.ofY(result.y().values(), before);
        statistics = result.statistics();
      } catch (InvalidBatchException e) {
        comparison.ofRejection(e);
      }
      comparison.ofState(statistics, before, largest);
    }
    return found;
  }

  private static TrainResult result(
      BatchNorm batchNorm, Golden.Step step, RunningStatistics statistics) {
    return step.trains()
        ? batchNorm.train(step.x(), statistics)
        : new TrainResult(batchNorm.eval(step.x(), statistics), statistics);
  }
}
