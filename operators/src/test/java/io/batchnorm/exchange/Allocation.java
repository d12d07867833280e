package io.batchnorm.exchange;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Measures what a reader allocates, whatever it allocates it for. */
final class Allocation {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocation() {}

  interface Read {
    void run() throws Exception;
  }

  /**
   * Returns how many bytes this thread allocated while {@code read} ran the second time. The first
   * time it may load classes, whose bytes are none of the reader's.
   */
  static long bytesOf(Read read) throws Exception {
    read.run();
    long thread = Thread.currentThread().getId();
    long before = THREADS.getThreadAllocatedBytes(thread);
    read.run();
    return THREADS.getThreadAllocatedBytes(thread) - before;
  }
}
