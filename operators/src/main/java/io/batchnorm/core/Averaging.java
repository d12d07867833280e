package io.batchnorm.core;

import java.io.Serializable;
import java.util.Locale;
import java.util.Objects;

/**
 * How running statistics take in a batch. The weight of the NEW batch is {@code f}:
 *
 * <pre>
 * runningMean' = (1 - f) * runningMean + f * batchMean
 * runningVar'  = (1 - f) * runningVar  + f * batchUnbiasedVar
 * </pre>
 *
 * @param kind which f, or pooling
 * @param momentum f of {@link Kind#EXPONENTIAL}, in [0, 1]; unused by the others, and 0 there
 */
public record Averaging(Kind kind, double momentum) implements Serializable {

  /** The three ways. */
  public enum Kind {
    /** {@code f = momentum}, PyTorch's default with 0.1 (10 % new). */
    EXPONENTIAL,
    /**
     * {@code f = 1 / numBatchesTracked} after counting this batch, PyTorch's {@code momentum=None}.
     * Batches weigh equally whatever their size, and the spread between batches is not counted.
     */
    CUMULATIVE,
    /**
     * Mean and biased variance of all values seen so far, pooled exactly by Chan's merge: what
     * scikit-learn's StandardScaler and fvcore's PreciseBN compute. Needs the count of values.
     */
    POPULATION;

    /** The name on the command line and in files, such as {@code exponential}. */
    public String code() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** PyTorch's default: exponential with momentum 0.1. */
  public static final Averaging DEFAULT = exponential(0.1);

  /**
   * Checks the parts.
   *
   * @throws IllegalArgumentException if momentum is not in [0, 1], or not 0 without a use for it
   */
  public Averaging {
    Objects.requireNonNull(kind);
    if (!(momentum >= 0 && momentum <= 1)) {
      throw new IllegalArgumentException(
          "momentum is %s, wanted a number in [0, 1]: the weight of the new batch"
              .formatted(momentum));
    }
    if (kind != Kind.EXPONENTIAL && momentum != 0) {
      throw new IllegalArgumentException(
          "momentum is %s, but %s averaging has none".formatted(momentum, kind.code()));
    }
  }

  /**
   * Exponential averaging.
   *
   * @param momentum weight of the new batch, in [0, 1]; what Keras calls {@code 1 - momentum}
   */
  public static Averaging exponential(double momentum) {
    return new Averaging(Kind.EXPONENTIAL, momentum);
  }

  /** PyTorch's {@code momentum=None}. */
  public static Averaging cumulative() {
    return new Averaging(Kind.CUMULATIVE, 0);
  }

  /** Exact statistics of all values seen. */
  public static Averaging population() {
    return new Averaging(Kind.POPULATION, 0);
  }

  /**
   * The weight f of a new batch.
   *
   * @param numBatchesTracked batches including the new one
   */
  double factor(long numBatchesTracked) {
    return kind == Kind.EXPONENTIAL ? momentum : 1.0 / numBatchesTracked;
  }
}
