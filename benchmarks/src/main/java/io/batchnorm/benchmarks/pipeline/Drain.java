package io.batchnorm.benchmarks.pipeline;

import java.util.concurrent.atomic.AtomicLong;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Counts records and drops them, and stops the clock when there are no more. */
final class Drain<T> implements Sink<T> {
  private static final long serialVersionUID = 1L;

  private static final AtomicLong RECORDS = new AtomicLong();

  static void reset() {
    RECORDS.set(0);
  }

  /** Of all sinks of this JVM that have ended. */
  static long records() {
    return RECORDS.get();
  }

  @Override
  public SinkWriter<T> createWriter(WriterInitContext context) {
    return new Writer<>();
  }

  private static final class Writer<T> implements SinkWriter<T> {
    private long count;

    @Override
    public void write(T record, Context context) {
      count++;
    }

    @Override
    public void flush(boolean endOfInput) {
      if (endOfInput) {
        RECORDS.addAndGet(count);
        Stopwatch.ended();
      }
    }

    @Override
    public void close() {}
  }
}
