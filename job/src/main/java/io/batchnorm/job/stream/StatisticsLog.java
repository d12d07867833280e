package io.batchnorm.job.stream;

import io.batchnorm.exchange.AtomicFile;
import io.batchnorm.types.KeyStatistics;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.StatefulSinkWriter;
import org.apache.flink.api.connector.sink2.SupportsWriterState;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Appends statistics to a file of lines. Run it at parallelism 1.
 *
 * <p>Every line is written through at once: statistics are few, some for each key, and a follower
 * wants them while the job runs. At a checkpoint the file is forced to the disk and its length goes
 * to the state; a restore cuts off what came behind it. So the file holds every line once, but a
 * follower may see lines that are taken back and written again.
 *
 * <p>A start without state puts a new file in the place of an old one by a rename, so that the new
 * one cannot have the inode of the old.
 */
final class StatisticsLog
    implements Sink<KeyStatistics>, SupportsWriterState<KeyStatistics, StatisticsLog.Length> {
  private static final long serialVersionUID = 1L;

  private final String file;

  StatisticsLog(Path file) {
    this.file = file.toAbsolutePath().normalize().toString();
  }

  /**
   * State: how long which file was.
   *
   * @param file a job that is restored with another one starts that anew
   */
  record Length(String file, long bytes) {}

  @Override
  public StatefulSinkWriter<KeyStatistics, Length> createWriter(WriterInitContext context)
      throws IOException {
    Path path = Path.of(file);
    AtomicFile.write(path, empty -> {});
    return new Writer(file, FileChannel.open(path, StandardOpenOption.WRITE));
  }

  @Override
  public StatefulSinkWriter<KeyStatistics, Length> restoreWriter(
      WriterInitContext context, Collection<Length> state) throws IOException {
    for (Length length : state) {
      if (length.file().equals(file)) {
        return new Writer(file, cutTo(length.bytes()));
      }
    }
    return createWriter(context);
  }

  private FileChannel cutTo(long length) throws IOException {
    FileChannel channel = open(length);
    try {
      if (channel.size() < length) {
        throw missing("has %,d bytes".formatted(channel.size()), length);
      }
      return channel.truncate(length).position(length);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private FileChannel open(long length) throws IOException {
    try {
      return FileChannel.open(Path.of(file), StandardOpenOption.WRITE);
    } catch (NoSuchFileException e) {
      throw missing("is not there", length);
    }
  }

  private IOException missing(String found, long length) {
    return new IOException(
        "%s %s, the checkpoint wants its first %,d bytes; put it back, or name another folder"
            .formatted(file, found, length));
  }

  @Override
  public SimpleVersionedSerializer<Length> getWriterStateSerializer() {
    return new LengthSerializer();
  }

  private static final class Writer implements StatefulSinkWriter<KeyStatistics, Length> {
    private final String file;
    private final FileChannel channel;
    private boolean unforced;

    Writer(String file, FileChannel channel) {
      this.file = file;
      this.channel = channel;
    }

    @Override
    public void write(KeyStatistics statistics, Context context) throws IOException {
      ByteBuffer line = ByteBuffer.wrap(StatisticsJson.line(statistics));
      while (line.hasRemaining()) {
        channel.write(line);
      }
      unforced = true;
    }

    @Override
    public void flush(boolean endOfInput) throws IOException {
      if (unforced) {
        channel.force(false);
        unforced = false;
      }
    }

    @Override
    public List<Length> snapshotState(long checkpointId) throws IOException {
      return List.of(new Length(file, channel.position()));
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  /** Layout: file as UTF, length in 8 bytes. */
  private static final class LengthSerializer implements SimpleVersionedSerializer<Length> {
    private static final int V1 = 1;

    @Override
    public int getVersion() {
      return V1;
    }

    @Override
    public byte[] serialize(Length length) throws IOException {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      DataOutputStream out = new DataOutputStream(bytes);
      out.writeUTF(length.file());
      out.writeLong(length.bytes());
      return bytes.toByteArray();
    }

    @Override
    public Length deserialize(int version, byte[] bytes) throws IOException {
      if (version != V1) {
        throw new IOException(
            "state of a statistics stream has version %d, wanted 1".formatted(version));
      }
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
      return new Length(in.readUTF(), in.readLong());
    }
  }
}
