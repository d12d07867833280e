package io.batchnorm.kernel;

/** Cuts the sequences of (N, C) input into blocks, by transposing a cache line of channels each. */
final class RowBlocks {
  /** Channels transposed together: 16 floats are one cache line. */
  private static final int TILE = 16;

  private final float[] x;
  private final int batch;
  private final int channels;
  private final BlockMoments moments;

  private final float[] transposed;

  /** From one channel to the next; BLOCK alone would put all into one set of the cache. */
  private final int stride;

  RowBlocks(float[] x, int batch, int channels, BlockMoments moments) {
    this.x = x;
    this.batch = batch;
    this.channels = channels;
    this.moments = moments;
    this.stride = Math.min(batch, Kernels.BLOCK) + Kernels.LANES;
    this.transposed = Scratch.ofThread().values(Math.min(TILE, channels) * stride);
  }

  void addAll() {
    for (int row = 0; row < batch; row += Kernels.BLOCK) {
      int length = Math.min(Kernels.BLOCK, batch - row);
      for (int c = 0; c < channels; c += TILE) {
        int width = Math.min(TILE, channels - c);
        transpose(row, length, c, width);
        for (int i = 0; i < width; i++) {
          moments.add(transposed, i * stride, length, i, 0);
          moments.merge(i, length, c + i, row);
        }
      }
    }
  }

  private void transpose(int row, int length, int c, int width) {
    for (int k = 0; k < length; k++) {
      int from = (row + k) * channels + c;
      for (int i = 0; i < width; i++) {
        transposed[i * stride + k] = x[from + i];
      }
    }
  }
}
