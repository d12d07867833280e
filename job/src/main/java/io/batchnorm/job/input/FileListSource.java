package io.batchnorm.job.input;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.lib.util.IteratorSourceEnumerator;
import org.apache.flink.core.io.SimpleVersionedSerializer;

/**
 * Lists the files {@code DIR/KEY/**} of some suffixes in order, see {@link FileListing}. After a
 * restore it goes on behind the last file, even if others came or went meanwhile.
 *
 * <p>Either as one split, for parallelism 1, or as one for each key, so that several readers share
 * them and each key still comes in its order.
 */
final class FileListSource
    implements Source<FileReference, FileListSplit, Collection<FileListSplit>> {
  private static final long serialVersionUID = 1L;

  private final String root;
  private final List<String> suffixes;
  private final boolean byKey;

  private FileListSource(Path root, List<String> suffixes, boolean byKey) {
    this.root = root.toString();
    this.suffixes = List.copyOf(suffixes);
    this.byKey = byKey;
  }

  /** One split of all keys in order. */
  static FileListSource inOrder(Path root, List<String> suffixes) {
    return new FileListSource(root, suffixes, false);
  }

  /** A split for each key that is there when the job starts. */
  static FileListSource byKey(Path root, List<String> suffixes) {
    return new FileListSource(root, suffixes, true);
  }

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.BOUNDED;
  }

  @Override
  public SourceReader<FileReference, FileListSplit> createReader(SourceReaderContext context) {
    return new FileListReader(context);
  }

  @Override
  public SplitEnumerator<FileListSplit, Collection<FileListSplit>> createEnumerator(
      SplitEnumeratorContext<FileListSplit> context) {
    return restoreEnumerator(context, splits());
  }

  private List<FileListSplit> splits() {
    if (!byKey) {
      return List.of(new FileListSplit(root, suffixes, null, null));
    }
    Stream<String> none = Stream.of(""); // Files beside the keys' folders, to be rejected.
    return Stream.concat(none, FileListing.keys(Path.of(root)).stream())
        .map(key -> new FileListSplit(root, suffixes, key, null))
        .toList();
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
