package io.batchnorm.core;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Replays what PyTorch did, and holds the complete list of what is done otherwise on purpose. */
class GoldenTest {
  /** Relative to the largest value: double against double, over a few steps. */
  private static final double STATE_ROUNDING = 1e-14;

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
    List<Golden.Case> found =
        cases()
            .filter(
                c -> {
                  float[] x = c.steps().get(0).x().values();
                  for (float value : x) {
                    if (!Float.isFinite(value)) {
                      return true;
                    }
                  }
                  return false;
                })
            .toList();
    assertThat(found).hasSize(4);
    return found.stream();
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
      Comparison comparison = new Comparison("step %d: ".formatted(i), golden, step, found);
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

  /** One step against PyTorch's result and, where there is one, against the float64 reference. */
  private record Comparison(
      String prefix, Golden.Case golden, Golden.Step step, List<String> found) {

    void ofRejection(InvalidBatchException e) {
      if (!step.raises()) {
        found.add(
            prefix
                + "rejected as %s, PyTorch returns %d values"
                    .formatted(e.reason().code(), step.y().length));
      }
    }

    void ofY(float[] y, RunningStatistics before) {
      if (step.raises()) {
        found.add(prefix + "normalized, PyTorch raises " + step.json().get("error"));
        return;
      }
      double[] scale = scale(before);
      check("y", "PyTorch", widened(y), step.y(), i -> pytorchTolerance(step.y()[i], scale[i]));
      if (step.hasReference()) {
        double[] reference = step.referenceY();
        check("y", "float64", widened(y), reference, i -> rounding(reference[i], scale[i]));
      }
    }

    /** Size of a rounding error of every element. */
    private double[] scale(RunningStatistics before) {
      FeatureMap x = step.x();
      ErrorScale scale = new ErrorScale(golden.config(), before.affine().orElse(null));
      boolean byBatch = step.trains() || !golden.tracks();
      double[] scales = new double[x.values().length];
      for (int i = 0; i < scales.length; i++) {
        int c = i / x.spatialSize() % x.numFeatures();
        scales[i] =
            byBatch
                ? scale.ofTraining(x, c)
                : scale.ofEval(x, c, before.mean(c), before.var(c));
      }
      return scales;
    }

    private double pytorchTolerance(double y, double scale) {
      return switch (golden.dtype()) {
        case "float32" -> ErrorScale.pytorchsFactor(step.x()) * ErrorScale.FLOAT * scale;
        // y was rounded to 8 bits: half a unit in the last place is 2^-9 of it at the most.
        case "bfloat16" -> 0x1p-9 * Math.abs(y) + 2 * ErrorScale.FLOAT * scale;
        // Exact but for our rounding of y, and of weight and bias, to float32.
        case "float64" -> rounding(y, scale) + 0x1p-24 * scale;
        default -> throw new AssertionError(golden.dtype());
      };
    }

    /** Half a unit of y in float32, and what double loses before. */
    private static double rounding(double y, double scale) {
      return 0.5 * Math.ulp((float) y) + 16 * ErrorScale.DOUBLE * scale;
    }

    void ofState(RunningStatistics ours, RunningStatistics before, double largest) {
      if (!golden.tracks()) {
        assertThat(ours).isEqualTo(before);
        return;
      }
      Golden.State state = step.state();
      if (ours.numBatchesTracked() != state.batches()) {
        found.add(
            prefix
                + "num_batches_tracked is %d, PyTorch has %d"
                    .formatted(ours.numBatchesTracked(), state.batches()));
      }
      ofMean(ours, largest);
      ofVar(ours);
    }

    private void ofMean(RunningStatistics ours, double largest) {
      double unit = golden.dtype().equals("float64") ? STATE_ROUNDING : 2 * ErrorScale.FLOAT;
      double[] mean = doubles(ours, true);
      double[] expected = step.state().mean();
      check("running_mean", "PyTorch", mean, expected, i -> unit * largest);
      if (step.hasReference()) {
        double[] reference = step.referenceState().mean();
        check("running_mean", "float64", mean, reference, i -> STATE_ROUNDING * largest);
      }
    }

    private void ofVar(RunningStatistics ours) {
      double unit = golden.dtype().equals("float64") ? STATE_ROUNDING : 4 * ErrorScale.FLOAT;
      double[] var = doubles(ours, false);
      double[] expected = step.state().var();
      check("running_var", "PyTorch", var, expected, i -> unit * expected[i]);
      if (step.hasReference()) {
        double[] reference = step.referenceState().var();
        check("running_var", "float64", var, reference, i -> STATE_ROUNDING * reference[i]);
      }
    }

    private static double[] doubles(RunningStatistics statistics, boolean mean) {
      double[] values = new double[statistics.numFeatures()];
      Arrays.setAll(values, c -> mean ? statistics.mean(c) : statistics.var(c));
      return values;
    }

    private static double[] widened(float[] values) {
      double[] doubles = new double[values.length];
      Arrays.setAll(doubles, i -> values[i]);
      return doubles;
    }

    private void check(
        String what,
        String source,
        double[] ours,
        double[] theirs,
        java.util.function.IntToDoubleFunction tolerance) {
      assertThat(ours).hasSameSizeAs(theirs);
      for (int i = 0; i < ours.length; i++) {
        boolean same = Double.compare(ours[i], theirs[i]) == 0;
        if (!same && !(Math.abs(ours[i] - theirs[i]) <= tolerance.applyAsDouble(i))) {
          found.add(
              prefix
                  + "%s is %s, %s has %s"
                      .formatted(what, shown(ours), source, shown(theirs)));
          return;
        }
      }
    }

    /** In float32's digits, but with double's range. */
    private static String shown(double[] values) {
      String[] shown = new String[values.length];
      Arrays.setAll(
          shown,
          i ->
              Double.toString(
                  Double.isInfinite((float) values[i]) && Double.isFinite(values[i])
                      ? new java.math.BigDecimal(values[i])
                          .round(new java.math.MathContext(7))
                          .doubleValue()
                      : Double.parseDouble(Float.toString((float) values[i]))));
      return Arrays.toString(shown);
    }
  }
}
