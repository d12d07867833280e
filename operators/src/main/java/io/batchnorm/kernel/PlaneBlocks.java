package io.batchnorm.kernel;

/**
 * Cuts the sequences of channels whose values lie in planes into blocks, and visits memory in its
 * own order all the same: a stride from one plane of a channel to its next costs more than the
 * arithmetic in between. What a plane leaves of a block waits in a buffer for the next sample.
 */
final class PlaneBlocks {
  /** Channels visited together. Their buffers, 260 KB at most, fit a second-level cache. */
  private static final int GROUP = 64;

  private final float[] x;
  private final int batch;
  private final int channels;
  private final int plane;
  private final BlockMoments moments;

  private final float[] waiting;

  /** From one channel's buffer to the next; BLOCK alone would put all into one set of the cache. */
  private final int stride;

  /** Values that wait in every buffer; all channels of a group are equally far. */
  private int filled;

  /** Values of every channel of the group in the blocks before. */
  private int before;

  PlaneBlocks(float[] x, int batch, int channels, int plane, BlockMoments moments) {
    this.x = x;
    this.batch = batch;
    this.channels = channels;
    this.plane = plane;
    this.moments = moments;
    this.stride = (int) Math.min((long) batch * plane, Kernels.BLOCK) + Kernels.LANES;
    boolean wholeBlocks = plane % Kernels.BLOCK == 0;
    this.waiting = Scratch.ofThread().values(wholeBlocks ? 0 : Math.min(GROUP, channels) * stride);
  }

  void addAll() {
    for (int from = 0; from < channels; from += GROUP) {
      addGroup(from, Math.min(from + GROUP, channels));
    }
  }

  private void addGroup(int from, int to) {
    filled = 0;
    before = 0;
    for (int n = 0; n < batch; n++) {
      for (int c = from; c < to; c++) {
        addPlane((n * channels + c) * plane, c, (c - from) * stride);
      }
      int seen = filled + plane;
      filled = seen % Kernels.BLOCK;
      before += seen - filled;
    }
    if (filled > 0) {
      for (int c = from; c < to; c++) {
        moments.add(waiting, (c - from) * stride, filled, c, before);
      }
    }
  }

  private void addPlane(int offset, int c, int buffer) {
    int at = offset;
    int end = offset + plane;
    int waits = filled;
    for (int count = before; waits + end - at >= Kernels.BLOCK; count += Kernels.BLOCK) {
      int missing = Kernels.BLOCK - waits;
      if (waits > 0) {
        System.arraycopy(x, at, waiting, buffer + waits, missing);
      }
      moments.add(waits > 0 ? waiting : x, waits > 0 ? buffer : at, Kernels.BLOCK, c, count);
      at += missing;
      waits = 0;
    }
    if (at < end) {
      System.arraycopy(x, at, waiting, buffer + waits, end - at);
    }
  }
}
