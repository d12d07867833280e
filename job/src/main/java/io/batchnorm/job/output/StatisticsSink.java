package io.batchnorm.job.output;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.KeyNote;
import io.batchnorm.exchange.StatisticsFileWriter;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.KeyStatisticsSerializer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;

/**
 * Keeps the newest statistics of every key and writes them to one safetensors file, at every
 * checkpoint that finds them changed and at end of input. Run it at parallelism 1. Keys that were
 * loaded and never seen stay in the file; those that were reset and did not learn again leave it.
 */
final class StatisticsSink
    implements Sink<KeyStatistics>, SupportsWriterState<KeyStatistics, KeyStatistics> {
  private static final long serialVersionUID = 1L;

  private final String file;
  private final StatisticsFormat format;
  private final ArrayList<byte[]> loaded;

  StatisticsSink(Path file, StatisticsFormat format, Map<String, RunningStatistics> loaded) {
    this.file = file.toString();
    this.format = format;
    this.loaded = new ArrayList<>();
    StateSerializer serializer = new StateSerializer();
    loaded.forEach(
        (key, statistics) ->
            this.loaded.add(serializer.serialize(KeyStatistics.of(key, statistics, false))));
  }

  @Override
  public StatefulSinkWriter<KeyStatistics, KeyStatistics> createWriter(WriterInitContext context)
      throws IOException {
    return restoreWriter(context, List.of());
  }

  @Override
  public StatefulSinkWriter<KeyStatistics, KeyStatistics> restoreWriter(
      WriterInitContext context, Collection<KeyStatistics> state) throws IOException {
    Writer writer = new Writer();
    StateSerializer serializer = new StateSerializer();
    for (byte[] bytes : loaded) {
      writer.keep(serializer.deserialize(serializer.getVersion(), bytes));
    }
    state.forEach(writer::keep);
    return writer;
  }

  @Override
  public SimpleVersionedSerializer<KeyStatistics> getWriterStateSerializer() {
    return new StateSerializer();
  }

  private final class Writer implements StatefulSinkWriter<KeyStatistics, KeyStatistics> {
    private final Map<String, KeyStatistics> byKey = new TreeMap<>();
    private boolean changed;

    void keep(KeyStatistics statistics) {
      byKey.put(statistics.key(), statistics);
    }

    @Override
    public void write(KeyStatistics statistics, Context context) {
      keep(statistics);
      changed = true;
    }

    @Override
    public void flush(boolean endOfInput) throws IOException {
      if (changed || endOfInput) {
        writeFile();
        changed = false;
      }
    }

    private void writeFile() throws IOException {
      Map<String, RunningStatistics> statistics = new TreeMap<>();
      Map<String, KeyNote> notes = new TreeMap<>();
      byKey.forEach(
          (key, value) -> {
            if (!value.isForgotten()) {
              statistics.put(key, value.statistics());
              notes.put(key, KeyNote.ofFreeze(value.frozen()));
            }
          });
      StatisticsFileWriter writer =
          StatisticsFileWriter.of(statistics).withNotes(notes).withMetadata(format.metadata());
      if (format.counts()) {
        writer.withCounts();
      }
      if (format.float64()) {
        writer.withFloat64();
      }
      writer.write(Path.of(file));
    }

    @Override
    public List<KeyStatistics> snapshotState(long checkpointId) {
      return List.copyOf(byKey.values());
    }

    @Override
    public void close() {}
  }

  private static final class StateSerializer implements SimpleVersionedSerializer<KeyStatistics> {
    private static final int V1 = 1;

    private final KeyStatisticsSerializer serializer = new KeyStatisticsSerializer();

    @Override
    public int getVersion() {
      return V1;
    }

    @Override
    public byte[] serialize(KeyStatistics statistics) {
      DataOutputSerializer out = new DataOutputSerializer(256);
      try {
        serializer.serialize(statistics, out);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return out.getCopyOfBuffer();
    }

    @Override
    public KeyStatistics deserialize(int version, byte[] bytes) throws IOException {
      if (version != V1) {
        throw new IOException("statistics have version %d, wanted 1".formatted(version));
      }
      return serializer.deserialize(new DataInputDeserializer(bytes));
    }
  }
}
