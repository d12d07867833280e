package io.batchnorm.kernel;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;

/**
 * Tells how many bytes of objects the kernels of this JVM make for a batch, once the compiler is
 * done with them. In a JVM of one width of registers: where there are several the compiler makes
 * objects.
 */
final class KernelObjects {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Batch, channels, plane: of every path, with about as many values. */
  static final int[][] SHAPES = {
    {8, 3, 1024}, {5, 2, 2500}, {4, 128, 49}, {190, 128, 1}, {24, 1024, 1}, {3000, 8, 1}
  };

  private static final int CALLS = 200;

  /** Of all kernels together, so that it does not take half an hour to tell that all make some. */
  private static final long DEADLINE = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);

  private KernelObjects() {}

  public static void main(String[] args) {
    Kernels kernels = KernelProvider.kernels();
    System.out.println("chose " + kernels);
    for (int[] shape : SHAPES) {
      int batch = shape[0];
      int channels = shape[1];
      int plane = shape[2];
      float[] x = RandomValues.floats(batch * channels * plane, 1);
      float[] y = new float[x.length];
      double[] center = RandomValues.doubles(channels, 2);
      double[] scale = RandomValues.doubles(channels, 3);
      double[] shift = RandomValues.doubles(channels, 4);
      double[] mean = new double[channels];
      double[] m2 = new double[channels];
      tell(x, () -> kernels.moments(x, batch, channels, plane, mean, m2));
      tell(x, () -> kernels.normalize(x, batch, channels, plane, center, scale, shift, y));
      tell(x, () -> kernels.normalizeFinite(x, batch, channels, plane, center, scale, shift, y));
      tell(x, () -> kernels.firstNonFinite(x));
    }
  }

  private static void tell(float[] x, Runnable kernel) {
    long bytes;
    do {
      bytes = bytesPerCall(kernel);
    } while (bytes >= x.length && System.nanoTime() < DEADLINE);
    System.out.printf("%d bytes of objects for %d values%n", bytes, x.length);
  }

  private static long bytesPerCall(Runnable kernel) {
    long thread = Thread.currentThread().getId();
    long before = THREADS.getThreadAllocatedBytes(thread);
    for (int i = 0; i < CALLS; i++) {
      kernel.run();
    }
    return (THREADS.getThreadAllocatedBytes(thread) - before) / CALLS;
  }
}
