package io.batchnorm.job.input;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.lib.util.IteratorSourceEnumerator;
import org.apache.flink.api.connector.source.lib.util.IteratorSourceReader;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Lists the files {@code DIR/KEY/**} of some suffixes in order, see {@link FileListing}. One split:
 * run it at parallelism 1. After a restore it goes on behind the last file, even if others came or
 * went meanwhile.
 */
final class FileListSource
    implements Source<FileReference, FileListSplit, Collection<FileListSplit>> {
  private static final long serialVersionUID = 1L;

  private final String root;
  private final List<String> suffixes;

  FileListSource(Path root, List<String> suffixes) {
    this.root = root.toString();
    this.suffixes = List.copyOf(suffixes);
  }

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.BOUNDED;
  }

  @Override
  public SourceReader<FileReference, FileListSplit> createReader(SourceReaderContext context) {
    return new IteratorSourceReader<>(context);
  }

  @Override
  public SplitEnumerator<FileListSplit, Collection<FileListSplit>> createEnumerator(
      SplitEnumeratorContext<FileListSplit> context) {
    return restoreEnumerator(context, List.of(new FileListSplit(root, suffixes, null)));
  }

  @Override
  public SplitEnumerator<FileListSplit, Collection<FileListSplit>> restoreEnumerator(
      SplitEnumeratorContext<FileListSplit> context, Collection<FileListSplit> splits) {
    return new IteratorSourceEnumerator<>(context, splits);
  }

  @Override
  public SimpleVersionedSerializer<FileListSplit> getSplitSerializer() {
    return new FileListSplit.Serializer();
  }

  @Override
  public SimpleVersionedSerializer<Collection<FileListSplit>> getEnumeratorCheckpointSerializer() {
    return new FileListSplit.ListSerializer();
  }
}
