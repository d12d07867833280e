package io.batchnorm.benchmarks.kernel;

import io.batchnorm.benchmarks.Measurement;
import io.batchnorm.benchmarks.Row;
import java.util.ArrayList;
import java.util.List;

/** Rows {@code kernel/...}, for every shape. */
public final class KernelRows {
  static final List<String> SHAPES =
      List.of(
          "8x3x32x32",
          "32x64x56x56",
          "128x256x14x14",
          "64x128x7x7",
          "64x128",
          "4096x16",
          "256x1024",
          "32x8");

  private KernelRows() {}

  public static List<Row> all() {
    List<Row> rows = new ArrayList<>();
    for (String shape : SHAPES) {
      Measurement torchTrain = torch("train", shape);
      Measurement eval = ours("eval", shape, "vector");
      rows.add(
          new Row("kernel/train/libtorch/" + shape, ours("train", shape, "vector"), torchTrain));
      rows.add(
          new Row(
              "kernel/train-scalar/libtorch/" + shape, ours("train", shape, "scalar"), torchTrain));
      rows.add(new Row("kernel/eval/libtorch/" + shape, eval, torch("eval", shape)));
      rows.add(new Row("kernel/eval/copy/" + shape, eval, copy(shape)));
    }
    return rows;
  }

  private static Measurement ours(String method, String shape, String kernels) {
    return new KernelMeasurement(KernelBenchmark.class, method, shape, kernels);
  }

  private static Measurement torch(String method, String shape) {
    return new KernelMeasurement(TorchBenchmark.class, method, shape, "auto");
  }

  private static Measurement copy(String shape) {
    return new KernelMeasurement(CopyBenchmark.class, "copy", shape, "auto");
  }
}
