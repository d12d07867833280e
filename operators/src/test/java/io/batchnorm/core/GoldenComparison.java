package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/** One step against PyTorch's result and, where there is one, against the float64 reference. */
record GoldenComparison(String prefix, Golden.Case golden, Golden.Step step, List<String> found) {

  /** Relative to the largest value: double against double, over a few steps. */
  private static final double STATE_ROUNDING = 1e-14;

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
          byBatch ? scale.ofTraining(x, c) : scale.ofEval(x, c, before.mean(c), before.var(c));
    }
    return scales;
  }

  private double pytorchTolerance(double y, double scale) {
    return switch (golden.dtype()) {
      case "float32" -> ErrorScale.pytorchsFactor(step.x()) * ErrorScale.FLOAT * scale;
      // y was rounded to 8 bits: half a unit in the last place is 2^-8 of it at the most.
      case "bfloat16" -> 0x1p-8 * Math.abs(y) + 2 * ErrorScale.FLOAT * scale;
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
      String what, String source, double[] ours, double[] theirs, IntToDoubleFunction tolerance) {
    assertThat(ours).hasSameSizeAs(theirs);
    for (int i = 0; i < ours.length; i++) {
      if (!agree(ours[i], theirs[i], tolerance.applyAsDouble(i))) {
        found.add(
            prefix + "%s is %s, %s has %s".formatted(what, shown(ours), source, shown(theirs)));
        return;
      }
    }
  }

  /** NaN and infinity agree with themselves alone. */
  private static boolean agree(double ours, double theirs, double tolerance) {
    return (Double.isFinite(ours) && Double.isFinite(theirs))
        ? Math.abs(ours - theirs) <= tolerance
        : Double.compare(ours, theirs) == 0;
  }

  /** In float32's digits, but with double's range. */
  private static String shown(double[] values) {
    String[] shown = new String[values.length];
    Arrays.setAll(
        shown,
        i ->
            Double.toString(
                Double.isInfinite((float) values[i]) && Double.isFinite(values[i])
                    ? new BigDecimal(values[i]).round(new MathContext(7)).doubleValue()
                    : Double.parseDouble(Float.toString((float) values[i]))));
    return Arrays.toString(shown);
  }
}
