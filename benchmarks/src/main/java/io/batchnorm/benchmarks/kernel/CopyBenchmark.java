package io.batchnorm.benchmarks.kernel;

import io.batchnorm.benchmarks.Shape;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What no kernel can beat: one array copied to another. */
@State(Scope.Thread)
public class CopyBenchmark extends InTurn {
  @Param("32x8")
  public String shape;

  private float[] x;
  private float[] y;

  @Setup
  public void prepare() {
    x = Shape.parse(shape).input();
    y = new float[x.length];
  }

  @Benchmark
  public float[] copy() {
    System.arraycopy(x, 0, y, 0, x.length);
    return y;
  }
}
