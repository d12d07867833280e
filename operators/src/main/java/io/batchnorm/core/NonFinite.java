package io.batchnorm.core;

/** What happens to a batch that holds NaN or infinity. */
public enum NonFinite {
  /** It is rejected and changes nothing. The default. */
  REJECT,
  /** PyTorch's behaviour: its running statistics turn NaN and stay so until a reset or load. */
  PROPAGATE
}
