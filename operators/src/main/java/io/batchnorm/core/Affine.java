package io.batchnorm.core;

import java.util.Arrays;
import java.util.List;

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

  /** Those of several ranges of channels in one, in order. */
  static Affine joined(List<Affine> parts) {
    int channels = parts.stream().mapToInt(Affine::numFeatures).sum();
    float[] weight = parts.get(0).hasWeight() ? new float[channels] : null;
    float[] bias = parts.get(0).hasBias() ? new float[channels] : null;
    int at = 0;
    for (Affine part : parts) {
      if (part.hasWeight() != (weight != null) || part.hasBias() != (bias != null)) {
        throw new IllegalArgumentException("only some slices have a weight or a bias");
      }
      int length = part.numFeatures();
      if (weight != null) {
        System.arraycopy(part.weight, 0, weight, at, length);
      }
      if (bias != null) {
        System.arraycopy(part.bias, 0, bias, at, length);
      }
      at += length;
    }
    return new Affine(weight, bias);
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
