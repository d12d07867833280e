package io.batchnorm.kernel;

import static io.batchnorm.kernel.Kernels.BLOCK;
import static io.batchnorm.kernel.Kernels.LANES;

/**
 * Cuts the sequences of channels whose values lie in planes into blocks, and visits memory in its
 * own order all the same: a stride from one plane of a channel to its next costs more than the
 * arithmetic in between. Values are added where they lie, in units; what a plane leaves of a unit
 * waits in a buffer for the channel's next plane.
 */
final class PlaneBlocks {
  /** Channels visited together. Their buffers, 260 KB at most, fit a second-level cache. */
  private static final int GROUP = BlockMoments.SLOTS;

  /**
   * Shorter planes wait until there is a block: to add to it twice for every plane costs more than
   * to copy the plane. {@link VectorPlanes} does so once for many planes, and takes the shorter
   * ones but for the shortest.
   */
  static final int LONG = 512;

  private final float[] x;
  private final int batch;
  private final int channels;
  private final int plane;
  private final BlockMoments moments;

  /** Values that are added at once, a power of two; a block is some of these. */
  private final int unit;

  /**
   * From one channel's buffer to the next; a block alone would put all into one set of the cache.
   */
  private final int stride;

  private final float[] waiting;

  /** Values of every channel of the group in the planes before. */
  private int before;

  PlaneBlocks(float[] x, int batch, int channels, int plane, BlockMoments moments) {
    this.x = x;
    this.batch = batch;
    this.channels = channels;
    this.plane = plane;
    this.moments = moments;
    this.unit = plane < LONG ? BLOCK : LANES;
    this.stride = (int) Math.min((long) batch * plane, unit) + LANES;
    this.waiting = Scratch.ofThread().values(Math.min(GROUP, channels) * stride);
  }

  void addAll() {
    for (int from = 0; from < channels; from += GROUP) {
      addGroup(from, Math.min(GROUP, channels - from));
    }
  }

  private void addGroup(int from, int width) {
    before = 0;
    for (int n = 0; n < batch; n++) {
      int at = (n * channels + from) * plane;
      for (int slot = 0; slot < width; slot++) {
        addPlane(at + slot * plane, slot, from + slot);
      }
      before += plane;
    }
    int last = before % BLOCK;
    if (last > 0) {
      for (int slot = 0; slot < width; slot++) {
        int waits = last & (unit - 1);
        moments.add(waiting, slot * stride, waits, slot, last - waits);
        moments.merge(slot, last, from + slot, before - last);
      }
    }
  }

  private void addPlane(int offset, int slot, int c) {
    int at = offset;
    int end = offset + plane;
    int waits = before & (unit - 1);
    if (waits > 0) {
      int missing = Math.min(unit - waits, plane);
      System.arraycopy(x, at, waiting, slot * stride + waits, missing);
      if (waits + missing < unit) {
        return;
      }
      add(waiting, slot * stride, unit, slot, c, before - waits);
      at += missing;
    }
    while (end - at >= unit) {
      int seen = before + at - offset;
      int length = Math.min((end - at) & -unit, BLOCK - seen % BLOCK);
      add(x, at, length, slot, c, seen);
      at += length;
    }
    System.arraycopy(x, at, waiting, slot * stride, end - at);
  }

  /**
   * @param seen values of the channel before these
   */
  private void add(float[] v, int offset, int length, int slot, int c, int seen) {
    int k = seen % BLOCK;
    moments.add(v, offset, length, slot, k);
    if (k + length == BLOCK) {
      moments.merge(slot, BLOCK, c, seen - k);
    }
  }
}
