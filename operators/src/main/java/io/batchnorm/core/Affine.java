package io.batchnorm.core;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The learned scale and shift of a layer, {@code weight} (gamma) and {@code bias} (beta), float32
 * per channel. Immutable. Nothing here trains them; they come with a model and go through
 * unchanged.
 */
public final class Affine {
  private final float[] weight;
  private final float[] bias;

  private Affine(float[] weight, float[] bias) {
    this.weight = weight;
    this.bias = bias;
  }

  /**
   * Copies both.
   *
   * @param weight per channel, or null for 1
   * @param bias per channel, or null for 0 (PyTorch's {@code bias=False})
   * @throws IllegalArgumentException if both are null or their lengths differ
   */
  public static Affine of(float[] weight, float[] bias) {
    if (weight == null && bias == null) {
      throw new IllegalArgumentException("neither weight nor bias");
    }
    if (weight != null && bias != null && weight.length != bias.length) {
      throw new IllegalArgumentException(
          "weight has %d channels and bias %d".formatted(weight.length, bias.length));
    }
    return new Affine(clone(weight), clone(bias));
  }

  private static float[] clone(float[] values) {
    return values == null ? null : values.clone();
  }

  /** Channels {@code [from, to)} alone. */
  Affine channels(int from, int to) {
    return new Affine(range(weight, from, to), range(bias, from, to));
  }

  private static float[] range(float[] values, int from, int to) {
    return values == null ? null : Arrays.copyOfRange(values, from, to);
  }

  /** Those of several ranges of channels in one, in order; null if all are null. */
  static Affine joined(List<Affine> parts) {
    if (parts.stream().allMatch(Objects::isNull)) {
      return null;
    }
    if (parts.stream().anyMatch(part -> part == null || !part.hasAs(parts.get(0)))) {
      throw new IllegalArgumentException("only some slices have a weight or a bias");
    }
    return new Affine(
        joinedValues(parts.stream().map(part -> part.weight).toList()),
        joinedValues(parts.stream().map(part -> part.bias).toList()));
  }

  private boolean hasAs(Affine other) {
    return other != null && hasWeight() == other.hasWeight() && hasBias() == other.hasBias();
  }

  private static float[] joinedValues(List<float[]> parts) {
    if (parts.get(0) == null) {
      return null;
    }
    float[] joined = new float[parts.stream().mapToInt(part -> part.length).sum()];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, joined, at, part.length);
      at += part.length;
    }
    return joined;
  }

  public int numFeatures() {
    return weight != null ? weight.length : bias.length;
  }

  public boolean hasWeight() {
    return weight != null;
  }

  public boolean hasBias() {
    return bias != null;
  }

  /** Weight of channel {@code c}, 1 if there is none. */
  public float weight(int c) {
    return weight == null ? 1 : weight[c];
  }

  /** Bias of channel {@code c}, 0 if there is none. */
  public float bias(int c) {
    return bias == null ? 0 : bias[c];
  }

  /** A copy of the weights; null if there are none. */
  public float[] weights() {
    return clone(weight);
  }

  /** A copy of the biases; null if there are none. */
  public float[] biases() {
    return clone(bias);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Affine other
        && Arrays.equals(weight, other.weight)
        && Arrays.equals(bias, other.bias);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(weight) + Arrays.hashCode(bias);
  }

  @Override
  public String toString() {
    return "Affine[weight=%s, bias=%s]".formatted(Arrays.toString(weight), Arrays.toString(bias));
  }
}
