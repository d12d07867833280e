package io.batchnorm.job.output;

import io.batchnorm.exchange.AtomicFile;
import io.batchnorm.exchange.NpyWriter;
import io.batchnorm.types.NormalizedBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;

/**
 * Writes each record as {@code DIR/KEY/<id>.npy}, float32. Writing one again after a failure puts
 * the same bytes there.
 */
final class NpySink implements Sink<NormalizedBatch> {
  private static final long serialVersionUID = 1L;

  private final String directory;
  private final boolean samples;

  /**
   * @param samples whether records are samples, written as {@code (C, *)} without N
   */
  NpySink(Path directory, boolean samples) {
    this.directory = directory.toString();
    this.samples = samples;
  }

  @Override
  public SinkWriter<NormalizedBatch> createWriter(WriterInitContext context) {
    return new Writer(Path.of(directory), samples);
  }

  private record Writer(Path directory, boolean samples) implements SinkWriter<NormalizedBatch> {
    @Override
    public void write(NormalizedBatch batch, Context context) throws IOException {
      int[] shape = batch.features().shape();
      int[] written = samples ? Arrays.copyOfRange(shape, 1, shape.length) : shape;
      Path file = FileNames.of(directory, batch.key(), batch.ids().get(0), ".npy");
      AtomicFile.write(file, out -> NpyWriter.write(out, written, batch.features().values()));
    }

    @Override
    public void flush(boolean endOfInput) {}

    @Override
    public void close() {}
  }
}
