package io.batchnorm.benchmarks;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.Collectors;

/** Sizes of a tensor {@code (N, C, *spatial)}; as text {@code 32x64x56x56}. */
public final class Shape {
  private final long[] sizes;

  private Shape(long[] sizes) {
    this.sizes = sizes;
  }

  public static Shape parse(String text) {
    return new Shape(Arrays.stream(text.split("x", -1)).mapToLong(Long::parseLong).toArray());
  }

  public long[] sizes() {
    return sizes.clone();
  }

  public int batch() {
    return (int) sizes[0];
  }

  public int channels() {
    return (int) sizes[1];
  }

  public int plane() {
    return (int) Arrays.stream(sizes, 2, sizes.length).reduce(1, (a, b) -> a * b);
  }

  public int values() {
    return batch() * channels() * plane();
  }

  /** Normally distributed values, the same for everyone who asks. */
  public float[] input() {
    Random random = new Random(1);
    float[] x = new float[values()];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) (3 + 2 * random.nextGaussian());
    }
    return x;
  }

  @Override
  public String toString() {
    return Arrays.stream(sizes).mapToObj(Long::toString).collect(Collectors.joining("x"));
  }
}
