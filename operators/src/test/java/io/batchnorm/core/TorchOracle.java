package io.batchnorm.core;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BatchNorm1dImpl;
import org.bytedeco.pytorch.BatchNorm2dImpl;
import org.bytedeco.pytorch.BatchNorm3dImpl;
import org.bytedeco.pytorch.BatchNormOptions;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A {@code torch.nn.BatchNorm1d}, {@code 2d} or {@code 3d} of libtorch in this JVM, one thread.
 * Close it in reverse order of construction.
 */
final class TorchOracle implements AutoCloseable {
  static {
    // Before the first PointerScope; throws where libtorch is missing, so tests fail there.
    Loader.load(torch.class);
    torch.set_num_threads(1);
  }

  private final PointerScope scope = new PointerScope();
  private final ScalarType dtype;
  private final Module module;
  private final UnaryOperator<Tensor> forward;

  /**
   * @param dtype of input, parameters and statistics, {@code Float} or {@code Double}
   * @param config whose eps, averaging (not population) and tracking the module takes
   * @param affine weight and bias, or null for {@code affine=False}
   */
  TorchOracle(
      ScalarType dtype, InputRank rank, int channels, BatchNormConfig config, Affine affine) {
    this.dtype = dtype;
    BatchNormOptions options = options(channels, config, affine != null);
    switch (rank) {
      case ONE_D -> {
        BatchNorm1dImpl layer = new BatchNorm1dImpl(options);
        module = layer;
        forward = layer::forward;
      }
      case TWO_D -> {
        BatchNorm2dImpl layer = new BatchNorm2dImpl(options);
        module = layer;
        forward = layer::forward;
      }
      case THREE_D -> {
        BatchNorm3dImpl layer = new BatchNorm3dImpl(options);
        module = layer;
        forward = layer::forward;
      }
      default -> throw new AssertionError(rank);
    }
    module.to(dtype, false);
    if (affine != null) {
      load(affine);
    }
  }

  private static BatchNormOptions options(int channels, BatchNormConfig config, boolean affine) {
    BatchNormOptions options = new BatchNormOptions(channels);
    options.eps().put(config.eps());
    options.affine().put(affine);
    options.track_running_stats().put(config.trackRunningStatistics());
    switch (config.averaging().kind()) {
      case EXPONENTIAL -> options.momentum().put(config.averaging().momentum());
      case CUMULATIVE -> options.momentum().reset();
      case POPULATION -> throw new AssertionError("PyTorch pools no population");
    }
    return options;
  }

  private void load(Affine affine) {
    float[] weight = new float[affine.numFeatures()];
    float[] bias = new float[affine.numFeatures()];
    for (int c = 0; c < weight.length; c++) {
      weight[c] = affine.weight(c);
      bias[c] = affine.bias(c);
    }
    module.named_parameters().get("weight").detach().copy_(Tensor.create(weight));
    module.named_parameters().get("bias").detach().copy_(Tensor.create(bias));
  }

  /** Sets running mean and variance, narrowed to the module's type. */
  void load(RunningStatistics statistics) {
    buffer("running_mean").copy_(Tensor.create(statistics.meanAsFloats()));
    buffer("running_var").copy_(Tensor.create(statistics.varAsFloats()));
  }

  double[] train(FeatureMap x) {
    module.train(true);
    return apply(x);
  }

  double[] eval(FeatureMap x) {
    module.eval();
    return apply(x);
  }

  private double[] apply(FeatureMap x) {
    long[] shape = Arrays.stream(x.shape()).asLongStream().toArray();
    return doubles(forward.apply(Tensor.create(x.values(), shape).to(dtype)));
  }

  double[] runningMean() {
    return doubles(buffer("running_mean"));
  }

  double[] runningVar() {
    return doubles(buffer("running_var"));
  }

  long numBatchesTracked() {
    return buffer("num_batches_tracked").item_long();
  }

  private Tensor buffer(String name) {
    return module.named_buffers().get(name);
  }

  private static double[] doubles(Tensor tensor) {
    Tensor widened = tensor.detach().to(ScalarType.Double).contiguous();
    double[] values = new double[Math.toIntExact(widened.numel())];
    new DoublePointer(widened.data_ptr()).get(values);
    return values;
  }

  @Override
  public void close() {
    scope.close();
  }
}
