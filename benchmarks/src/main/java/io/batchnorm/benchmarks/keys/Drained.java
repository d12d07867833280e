package io.batchnorm.benchmarks.keys;

import java.util.concurrent.atomic.LongAdder;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/** Drops records and counts them, for all jobs of this JVM. */
final class Drained<T> implements Sink<T> {
  private static final long serialVersionUID = 1L;

  private static final LongAdder COUNT = new LongAdder();

  static void reset() {
    COUNT.reset();
  }

  static long count() {
    return COUNT.sum();
  }

  @Override
  public SinkWriter<T> createWriter(WriterInitContext context) {
    return new SinkWriter<>() {
      @Override
      public void write(T record, Context context) {
        COUNT.increment();
      }

      @Override
      public void flush(boolean endOfInput) {}

      @Override
      public void close() {}
    };
  }
}
