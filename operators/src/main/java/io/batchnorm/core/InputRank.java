package io.batchnorm.core;

import java.util.Arrays;

/** Which inputs one layer takes, as in {@code torch.nn.BatchNorm1d}, {@code 2d} and {@code 3d}. */
public enum InputRank {
  /** {@code BatchNorm1d}: {@code (N, C)} or {@code (N, C, L)}. */
  ONE_D(2, 3, "(N, C) or (N, C, L)"),
  /** {@code BatchNorm2d}: {@code (N, C, H, W)}. */
  TWO_D(4, 4, "(N, C, H, W)"),
  /** {@code BatchNorm3d}: {@code (N, C, D, H, W)}. */
  THREE_D(5, 5, "(N, C, D, H, W)");

  private final int lowest;
  private final int highest;
  private final String shapes;

  InputRank(int lowest, int highest, String shapes) {
    this.lowest = lowest;
    this.highest = highest;
    this.shapes = shapes;
  }

  /** The only one that takes {@code x}. */
  public static InputRank of(FeatureMap x) {
    return switch (x.rank()) {
      case 2, 3 -> ONE_D;
      case 4 -> TWO_D;
      default -> THREE_D;
    };
  }

  /**
   * Checks that this layer takes {@code x}.
   *
   * @throws InvalidBatchException if this layer does not take the rank of {@code x}
   */
  public void check(FeatureMap x) {
    if (x.rank() < lowest || x.rank() > highest) {
      throw new InvalidBatchException(
          RejectionReason.WRONG_RANK,
          "input %s has rank %d, this layer takes %s; send it under another key or reset this one"
              .formatted(Arrays.toString(x.shape()), x.rank(), shapes));
    }
  }
}
