package io.batchnorm.benchmarks.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import io.batchnorm.benchmarks.Effort;
import io.batchnorm.benchmarks.Round;
import io.batchnorm.benchmarks.Shape;
import io.batchnorm.benchmarks.Turns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both sides of a row compute the same, else their speeds say nothing. */
class KernelBenchmarksTest {
  /** Values of y are a few units at most; float32 has seven digits. */
  private static final Offset<Float> ROUNDING = within(1e-5f);

  @ParameterizedTest
  @ValueSource(strings = {"4x3x5x5", "2x17x7x7", "3x2x40x40", "16x8", "50x33"})
  void trainingGivesWhatLibtorchGives(String shape) {
    KernelBenchmark ours = ours(shape);
    TorchBenchmark torch = torch(shape);

    float[] y = ours.train();
    torch.train();

    assertThat(y).containsExactly(torch.y(), ROUNDING);
    assertThat(floats(ours.runningMean())).containsExactly(torch.runningMean(), ROUNDING);
    assertThat(floats(ours.runningVar())).containsExactly(torch.runningVar(), ROUNDING);
    torch.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"4x3x5x5", "2x17x7x7", "16x8"})
  void evalGivesWhatLibtorchGives(String shape) {
    KernelBenchmark ours = ours(shape);
    TorchBenchmark torch = torch(shape);
    ours.train();
    torch.train();

    float[] y = ours.eval();
    torch.eval();

    assertThat(y).containsExactly(torch.y(), ROUNDING);
    torch.close();
  }

  @Test
  void copyCopies() {
    CopyBenchmark copy = new CopyBenchmark();
    copy.shape = "4x3x5x5";
    copy.prepare();

    assertThat(copy.copy()).containsExactly(Shape.parse("4x3x5x5").input());
  }

  @ParameterizedTest
  @ValueSource(strings = {"vector", "scalar"})
  void measurementGivesSamplesOfAJvmOfItsOwn(String kernels) {
    List<Double> samples = round(kernels).samples();

    assertThat(samples).hasSize(2);
    for (double sample : samples) {
      assertThat(sample).isPositive();
    }
  }

  @Test
  void failureNamesTheFileThatTellsMore(@TempDir Path directory) throws IOException {
    System.setProperty(KernelMeasurement.LOGS, directory.toString());
    Path log = directory.resolve("kernel-train-4x3x5x5.log");

    assertThatIllegalStateException()
        .isThrownBy(() -> round("gpu"))
        .withMessageContaining(log.toString());
    assertThat(log).content().contains("-Dbatchnorm.kernels=gpu is not one of");
    System.clearProperty(KernelMeasurement.LOGS);
  }

  private static Round round(String kernels) {
    try (Turns turns = new Turns(1)) {
      return new KernelMeasurement(KernelBenchmark.class, "train", "4x3x5x5", kernels)
          .round(new Effort(1, 1, 2, 20), turns);
    }
  }

  @Test
  void shapesAreReadAndWritten() {
    Shape shape = Shape.parse("32x64x56x28");

    assertThat(shape).hasToString("32x64x56x28");
    assertThat(new int[] {shape.batch(), shape.channels(), shape.plane(), shape.values()})
        .containsExactly(32, 64, 56 * 28, 32 * 64 * 56 * 28);
    assertThat(Shape.parse("4096x16").plane()).isEqualTo(1);
  }

  private static KernelBenchmark ours(String shape) {
    KernelBenchmark ours = new KernelBenchmark();
    ours.shape = shape;
    ours.prepare();
    return ours;
  }

  private static TorchBenchmark torch(String shape) {
    TorchBenchmark torch = new TorchBenchmark();
    torch.shape = shape;
    torch.prepare();
    return torch;
  }

  private static float[] floats(double[] values) {
    float[] narrowed = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      narrowed[i] = (float) values[i];
    }
    return narrowed;
  }
}
