package io.batchnorm.benchmarks.kernel;

import io.batchnorm.benchmarks.Shape;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.InferenceMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * libtorch at its fastest: {@code native_batch_norm} into tensors that are there already, one
 * thread, no autograd.
 */
@State(Scope.Thread)
public class TorchBenchmark extends InTurn {
  private static final double EPS = 1e-5;
  private static final double MOMENTUM = 0.1;

  static {
    // Before anything else of it.
    Loader.load(torch.class);
    torch.set_num_threads(1);
  }

  @Param("32x8")
  public String shape;

  private InferenceMode inference;
  private Tensor x;
  private Tensor y;
  private Tensor saveMean;
  private Tensor saveInvStd;
  private TensorOptional weight;
  private TensorOptional bias;
  private Tensor mean;
  private Tensor var;
  private TensorOptional runningMean;
  private TensorOptional runningVar;

  @Setup
  public void prepare() {
    inference = new InferenceMode(true);
    Shape parsed = Shape.parse(shape);
    x = Tensor.create(parsed.input(), parsed.sizes()).clone();
    y = torch.empty_like(x);
    saveMean = torch.zeros(parsed.channels());
    saveInvStd = torch.zeros(parsed.channels());
    weight = new TensorOptional(torch.ones(parsed.channels()));
    bias = new TensorOptional(torch.zeros(parsed.channels()));
    mean = torch.zeros(parsed.channels());
    var = torch.ones(parsed.channels());
    runningMean = new TensorOptional(mean);
    runningVar = new TensorOptional(var);
  }

  @TearDown
  public void close() {
    inference.close();
  }

  @Benchmark
  public void train() {
    apply(true);
  }

  @Benchmark
  public void eval() {
    apply(false);
  }

  private void apply(boolean training) {
    torch
        .native_batch_norm_out(
            y,
            saveMean,
            saveInvStd,
            x,
            weight,
            bias,
            runningMean,
            runningVar,
            training,
            MOMENTUM,
            EPS)
        .close();
  }

  float[] y() {
    return floats(y);
  }

  float[] runningMean() {
    return floats(mean);
  }

  float[] runningVar() {
    return floats(var);
  }

  private static float[] floats(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.numel())];
    new FloatPointer(tensor.data_ptr()).get(values);
    return values;
  }
}
