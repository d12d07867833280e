package io.batchnorm.benchmarks.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TaskThreadsTest {
  private final ThreadGroup tasks = new ThreadGroup("Flink Task Threads");
  private volatile boolean ended;

  /** They may live on for a moment when the next job starts. */
  @Test
  void threadsOfTheJobBeforeDoNotCount() throws Exception {
    Thread before = busy("before (1/1)#0");
    Thread next;
    try (TaskThreads threads = TaskThreads.watched()) {
      next = busy("next (1/1)#0");
      while (threads.cpuNanos().isEmpty()) {
        Thread.onSpinWait();
      }

      assertThat(threads.cpuNanos()).containsOnlyKeys("next (1/1)");
    } finally {
      ended = true;
    }
    before.join();
    next.join();
  }

  private Thread busy(String name) {
    Thread thread =
        new Thread(
            tasks,
            () -> {
              while (!ended) {
                Thread.onSpinWait();
              }
            },
            name);
    thread.start();
    return thread;
  }
}
