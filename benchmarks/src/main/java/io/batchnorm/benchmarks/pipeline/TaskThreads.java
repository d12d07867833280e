package io.batchnorm.benchmarks.pipeline;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * CPU time and allocations of the threads of Flink's tasks. They end with their tasks, and what
 * they have used is known only while they live; so this looks every few milliseconds.
 */
final class TaskThreads implements AutoCloseable {
  private static final String GROUP = "Flink Task Threads";
  private static final int PERIOD_MILLIS = 5;

  /** A task's own thread, not its helpers: name (subtask/subtasks)#attempt. */
  private static final Pattern TASK =
      Pattern.compile("((?!OutputFlusher|channel-).*\\(\\d+/\\d+\\))#\\d+");

  private final ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final Map<Thread, Usage> usage = new ConcurrentHashMap<>();

  /** Of a job that has ended, whose threads may live on for a moment. */
  private final Set<Thread> earlier = Set.copyOf(alive());

  private final Thread sampler = new Thread(this::sample, "task-threads");
  private volatile boolean ended;

  private record Usage(long cpuNanos, long bytes) {}

  static TaskThreads watched() {
    TaskThreads threads = new TaskThreads();
    threads.sampler.start();
    return threads;
  }

  private void sample() {
    while (!ended) {
      for (Thread thread : alive()) {
        if (!earlier.contains(thread)) {
          look(thread);
        }
      }
      try {
        Thread.sleep(PERIOD_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static List<Thread> alive() {
    Thread[] all = new Thread[2 * Thread.activeCount() + 64];
    int count = Thread.enumerate(all);
    return Arrays.stream(all, 0, count).filter(TaskThreads::isOfATask).toList();
  }

  private static boolean isOfATask(Thread thread) {
    ThreadGroup group = thread.getThreadGroup();
    return group != null && group.getName().equals(GROUP);
  }

  private void look(Thread thread) {
    long cpu = bean.getThreadCpuTime(thread.getId());
    long bytes = bean.getThreadAllocatedBytes(thread.getId());
    if (cpu > 0) {
      usage.put(thread, new Usage(cpu, bytes));
    }
  }

  @Override
  public void close() throws InterruptedException {
    ended = true;
    sampler.join();
  }

  /** What all threads have allocated. */
  long allocatedBytes() {
    return usage.values().stream().mapToLong(Usage::bytes).sum();
  }

  /** CPU time by the name of the thread: the task's, and the number of its subtask. */
  Map<String, Long> cpuNanos() {
    Map<String, Long> byName = new TreeMap<>();
    usage.forEach(
        (thread, used) -> {
          Matcher task = TASK.matcher(thread.getName());
          if (task.matches()) {
            byName.merge(task.group(1), used.cpuNanos(), Long::sum);
          }
        });
    return byName;
  }
}
