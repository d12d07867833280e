package io.batchnorm.job.input;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Holds the source back behind its first files, until a checkpoint has completed that all of these
 * are part of. So a failure after it comes behind a checkpoint that matters, whatever the timing.
 */
public final class Gate {
  private static final Map<String, Gate> BY_NAME = new ConcurrentHashMap<>();

  private final String name;
  private final int files;
  private final int records;
  private final CompletableFuture<Void> open = new CompletableFuture<>();
  private final Map<Long, AtomicInteger> recordsByCheckpoint = new ConcurrentHashMap<>();

  /** How often a task failed. */
  public final AtomicInteger failures = new AtomicInteger();

  /** How many records were seen between the gate and the failure. */
  public final AtomicInteger recordsBehindGate = new AtomicInteger();

  /** How many records were seen after the failure. */
  public final AtomicInteger recordsAfterFailure = new AtomicInteger();

  /**
   * @param name unique in this process
   * @param files how many files are listed before the gate
   * @param records how many of them are batches
   */
  public Gate(String name, int files, int records) {
    this.name = name;
    this.files = files;
    this.records = records;
    BY_NAME.put(name, this);
  }

  /** The gate of that name, from within a task. */
  public static Gate named(String name) {
    return BY_NAME.get(name);
  }

  public String name() {
    return name;
  }

  /** Whether a source that listed so many files must wait. */
  boolean holds(int listed) {
    return listed >= files && !open.isDone();
  }

  CompletableFuture<Void> opened() {
    return open;
  }

  public boolean isOpen() {
    return open.isDone();
  }

  /** Opens it, whatever was seen. */
  public void openNow() {
    open.complete(null);
  }

  /** A subtask had seen so many records at its part of a checkpoint. */
  public void snapshot(long checkpoint, int seen) {
    recordsByCheckpoint.computeIfAbsent(checkpoint, id -> new AtomicInteger()).addAndGet(seen);
  }

  /** A checkpoint has completed. */
  public void completed(long checkpoint) {
    if (recordsByCheckpoint.getOrDefault(checkpoint, new AtomicInteger()).get() >= records) {
      open.complete(null);
    }
  }
}
