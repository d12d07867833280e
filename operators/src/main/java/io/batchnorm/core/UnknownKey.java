package io.batchnorm.core;

/** What happens in eval mode to a key that has never learned nor loaded statistics. */
public enum UnknownKey {
  /** Its batches are rejected. The default. */
  REJECT,
  /** PyTorch's behaviour: normalized by mean 0 and variance 1, so y = x * 0.999995. */
  INITIAL
}
