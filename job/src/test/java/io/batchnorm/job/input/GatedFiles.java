package io.batchnorm.job.input;

import io.batchnorm.exchange.NpyReader;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.ReaderOutput;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.core.io.InputStatus;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The source of files behind a {@link Gate}. */
public record GatedFiles(FileListSource files, String gate)
    implements Source<FileReference, FileListSplit, Collection<FileListSplit>> {

  /** As {@link Inputs#npyBatches} or {@link Inputs#npySamples}. */
  public static Inputs npy(
      StreamExecutionEnvironment env, Path directory, boolean samples, Gate gate) {
    FileListSource files = FileListSource.inOrder(directory, List.of(".npy"));
    FeatureReader reader =
        samples
            ? path -> ArrayFeatures.sample(NpyReader.read(path))
            : path -> ArrayFeatures.batch(NpyReader.read(path));
    return Inputs.readByKey(Inputs.filesInOrder(env, new GatedFiles(files, gate.name())), reader);
  }

  @Override
  public SourceReader<FileReference, FileListSplit> createReader(SourceReaderContext context) {
    return new Reader(files.createReader(context), Gate.named(gate));
  }

  @Override
  public Boundedness getBoundedness() {
    return files.getBoundedness();
  }

  @Override
  public SplitEnumerator<FileListSplit, Collection<FileListSplit>> createEnumerator(
      SplitEnumeratorContext<FileListSplit> context) {
    return files.createEnumerator(context);
  }

  @Override
  public SplitEnumerator<FileListSplit, Collection<FileListSplit>> restoreEnumerator(
      SplitEnumeratorContext<FileListSplit> context, Collection<FileListSplit> splits) {
    return files.restoreEnumerator(context, splits);
  }

  @Override
  public SimpleVersionedSerializer<FileListSplit> getSplitSerializer() {
    return files.getSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<Collection<FileListSplit>> getEnumeratorCheckpointSerializer() {
    return files.getEnumeratorCheckpointSerializer();
  }

  private static final class Reader implements SourceReader<FileReference, FileListSplit> {
    private final SourceReader<FileReference, FileListSplit> files;
    private final Gate gate;
    private int listed;

    Reader(SourceReader<FileReference, FileListSplit> files, Gate gate) {
      this.files = files;
      this.gate = gate;
    }

    @Override
    public InputStatus pollNext(ReaderOutput<FileReference> output) throws Exception {
      if (gate.holds(listed)) {
        return InputStatus.NOTHING_AVAILABLE;
      }
      InputStatus status = files.pollNext(output);
      if (status == InputStatus.MORE_AVAILABLE) {
        listed++;
      }
      return status;
    }

    @Override
    public CompletableFuture<Void> isAvailable() {
      return gate.holds(listed) ? gate.opened() : files.isAvailable();
    }

    @Override
    public void start() {
      files.start();
    }

    @Override
    public List<FileListSplit> snapshotState(long checkpointId) {
      return files.snapshotState(checkpointId);
    }

    @Override
    public void addSplits(List<FileListSplit> splits) {
      files.addSplits(splits);
    }

    @Override
    public void notifyNoMoreSplits() {
      files.notifyNoMoreSplits();
    }

    @Override
    public void close() throws Exception {
      files.close();
    }
  }
}
