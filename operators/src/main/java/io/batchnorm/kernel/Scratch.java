package io.batchnorm.kernel;

/**
 * Arrays that a thread works in, kept from one call to the next: fresh ones are cleared, and in no
 * cache, which costs a small batch more than its arithmetic. What they hold has no meaning.
 */
final class Scratch {
  /** Channels whose lanes there is room for. */
  static final int TILE = 256;

  private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

  final double[] reference = new double[Kernels.LANES * TILE];
  final double[] sums = new double[Kernels.LANES * TILE];
  final double[] squares = new double[Kernels.LANES * TILE];

  /** Of four lanes of a tile. */
  final double[] laneSums = new double[4 * TILE];

  /** Likewise. */
  final double[] laneSquares = new double[4 * TILE];

  private float[] values = new float[0];

  private Scratch() {}

  static Scratch ofThread() {
    return OF_THREAD.get();
  }

  /** At least {@code length} values. */
  float[] values(int length) {
    if (values.length < length) {
      values = new float[length];
    }
    return values;
  }
}
