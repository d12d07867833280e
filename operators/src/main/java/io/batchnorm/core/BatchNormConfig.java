package io.batchnorm.core;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The settings of a batch norm layer, valid as a whole.
 *
 * @param eps added to the variance inside the root, {@code 1 / sqrt(var + eps)}; finite and above 0
 *     (PyTorch up to 2.9 takes 0 and below, and then divides by it)
 * @param averaging how running statistics take in a batch
 * @param affine whether loaded weight and bias are applied; without them weight is 1 and bias 0
 * @param trackRunningStatistics if false, as in PyTorch, batch statistics normalize in eval mode
 *     too, and nothing is learned
 * @param nonFinite what happens to NaN and infinity
 * @param unknownKey what happens in eval mode without statistics
 */
public record BatchNormConfig(
    double eps,
    Averaging averaging,
    boolean affine,
    boolean trackRunningStatistics,
    NonFinite nonFinite,
    UnknownKey unknownKey)
    implements Serializable {

  /** PyTorch's default eps. */
  public static final double DEFAULT_EPS = 1e-5;

  /**
   * Checks all settings.
   *
   * @throws IllegalArgumentException naming every fault
   */
  public BatchNormConfig {
    List<String> faults = new ArrayList<>();
    if (!(eps > 0 && Double.isFinite(eps))) {
      faults.add("eps is %s, wanted a finite number above 0, such as 1e-5".formatted(eps));
    }
    requireSet(faults, averaging, "averaging");
    requireSet(faults, nonFinite, "nonFinite");
    requireSet(faults, unknownKey, "unknownKey");
    if (!faults.isEmpty()) {
      throw new IllegalArgumentException(String.join("\n", faults));
    }
  }

  private static void requireSet(List<String> faults, Object value, String name) {
    if (value == null) {
      faults.add(name + " is missing");
    }
  }

  /** PyTorch's defaults, with the policies of this project: reject rather than corrupt. */
  public static BatchNormConfig defaults() {
    return builder().build();
  }

  public static Builder builder() {
    return new Builder();
  }

  /** What statistics learned by these settings depend on, by name, for files and savepoints. */
  public SortedMap<String, String> asText() {
    SortedMap<String, String> text = new TreeMap<>();
    text.put("eps", Double.toString(eps));
    text.put("averaging", averaging.kind().code());
    if (averaging.kind() == Averaging.Kind.EXPONENTIAL) {
      text.put("momentum", Double.toString(averaging.momentum()));
    }
    return text;
  }

  /** Collects settings; {@link #build()} checks them together. */
  public static final class Builder {
    private double eps = DEFAULT_EPS;
    private Averaging averaging = Averaging.DEFAULT;
    private boolean affine = true;
    private boolean trackRunningStatistics = true;
    private NonFinite nonFinite = NonFinite.REJECT;
    private UnknownKey unknownKey = UnknownKey.REJECT;

    private Builder() {}

    public Builder eps(double eps) {
      this.eps = eps;
      return this;
    }

    public Builder averaging(Averaging averaging) {
      this.averaging = Objects.requireNonNull(averaging);
      return this;
    }

    public Builder affine(boolean affine) {
      this.affine = affine;
      return this;
    }

    public Builder trackRunningStatistics(boolean track) {
      this.trackRunningStatistics = track;
      return this;
    }

    public Builder nonFinite(NonFinite policy) {
      this.nonFinite = Objects.requireNonNull(policy);
      return this;
    }

    public Builder unknownKey(UnknownKey policy) {
      this.unknownKey = Objects.requireNonNull(policy);
      return this;
    }

    /**
     * The settings, checked.
     *
     * @throws IllegalArgumentException naming every fault
     */
    public BatchNormConfig build() {
      return new BatchNormConfig(
          eps, averaging, affine, trackRunningStatistics, nonFinite, unknownKey);
    }
  }
}
