package io.batchnorm.benchmarks.kernel;

import io.batchnorm.benchmarks.Shape;
import io.batchnorm.kernel.KernelProvider;
import io.batchnorm.kernel.Kernels;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Our kernels, with all that a step of batch norm does around them, into arrays that are there
 * already. {@code -Dbatchnorm.kernels} of the fork chooses them.
 */
@State(Scope.Thread)
public class KernelBenchmark extends InTurn {
  private static final double EPS = 1e-5;
  private static final double MOMENTUM = 0.1;

  @Param("32x8")
  public String shape;

  private final Kernels kernels = KernelProvider.kernels();

  private int batch;
  private int channels;
  private int plane;
  private float[] x;
  private float[] y;
  private double[] mean;
  private double[] m2;
  private double[] scale;
  private double[] weight;
  private double[] bias;
  private double[] runningMean;
  private double[] runningVar;

  @Setup
  public void prepare() {
    Shape parsed = Shape.parse(shape);
    batch = parsed.batch();
    channels = parsed.channels();
    plane = parsed.plane();
    x = parsed.input();
    y = new float[x.length];
    mean = new double[channels];
    m2 = new double[channels];
    scale = new double[channels];
    weight = filled(1);
    bias = filled(0);
    runningMean = filled(0);
    runningVar = filled(1);
  }

  private double[] filled(double value) {
    double[] array = new double[channels];
    Arrays.fill(array, value);
    return array;
  }

  @Benchmark
  public float[] train() {
    kernels.moments(x, batch, channels, plane, mean, m2);
    double count = (double) batch * plane;
    for (int c = 0; c < channels; c++) {
      scale[c] = weight[c] / Math.sqrt(m2[c] / count + EPS);
      runningMean[c] += MOMENTUM * (mean[c] - runningMean[c]);
      runningVar[c] += MOMENTUM * (m2[c] / (count - 1) - runningVar[c]);
    }
    kernels.normalize(x, batch, channels, plane, mean, scale, bias, y);
    return y;
  }

  @Benchmark
  public float[] eval() {
    for (int c = 0; c < channels; c++) {
      scale[c] = weight[c] / Math.sqrt(runningVar[c] + EPS);
    }
    kernels.normalize(x, batch, channels, plane, runningMean, scale, bias, y);
    return y;
  }

  double[] runningMean() {
    return runningMean.clone();
  }

  double[] runningVar() {
    return runningVar.clone();
  }
}
