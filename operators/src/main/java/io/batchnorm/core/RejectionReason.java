package io.batchnorm.core;

import java.util.Locale;

/**
 * Why an input was not normalized. The {@linkplain #code() code} is stable: it names metrics, and
 * stands in the rows of rejected records.
 */
public enum RejectionReason {
  /** The input has no rank that batch normalization knows, or not that of its key. */
  WRONG_RANK,
  /** No values: some size is 0. */
  EMPTY_BATCH,
  /** Batch statistics of one value per channel have no unbiased variance. */
  ONE_VALUE_PER_CHANNEL,
  /** Another number of channels than the key's statistics. */
  CHANNEL_MISMATCH,
  /** NaN or infinity, under the policy that refuses them. */
  NON_FINITE,
  /** Eval mode, and the key has never learned nor loaded statistics. */
  NO_STATISTICS,
  /** Eval mode by a statistics stream, which had brought none of the key when its record came. */
  STATISTICS_NOT_ARRIVED,
  /** Population averaging, and the key's statistics do not say how many values are behind them. */
  UNKNOWN_COUNT,
  /** Not the format it should be: truncated, damaged, or something else altogether. */
  MALFORMED_INPUT,
  /** The file is there, but cannot be opened or read. */
  UNREADABLE_INPUT,
  /** A well-formed array of a type that has no float32 values. */
  UNSUPPORTED_DTYPE,
  /** More values than one batch may have. */
  TOO_LARGE,
  /** Another input of the same key has this id. */
  DUPLICATE_ID,
  /** A command that cannot be carried out. */
  MALFORMED_COMMAND,
  /** A record of a statistics stream that is none. */
  MALFORMED_STATISTICS;

  private final String code = name().toLowerCase(Locale.ROOT);

  /** The stable code, such as {@code one_value_per_channel}. */
  public String code() {
    return code;
  }

  /**
   * The reason with that code.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static RejectionReason ofCode(String code) {
    for (RejectionReason reason : values()) {
      if (reason.code.equals(code)) {
        return reason;
      }
    }
    throw new IllegalArgumentException("\"%s\" is no rejection reason".formatted(code));
  }
}
