package io.batchnorm.job.input;

import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.lib.util.IteratorSourceReaderBase;
import org.apache.flink.core.io.InputStatus;

/**
 * Reads listings, of which any may be empty: Flink's own reader takes the first file for granted.
 */
final class FileListReader
    extends IteratorSourceReaderBase<FileReference, FileReference, FileListing, FileListSplit> {
  FileListReader(SourceReaderContext context) {
    super(context);
  }

  @Override
  protected FileReference convert(FileReference file) {
    return file;
  }

  @Override
  protected InputStatus tryMoveToNextSplit() {
    InputStatus status = super.tryMoveToNextSplit();
    while (status == InputStatus.MORE_AVAILABLE && !iterator.hasNext()) {
      finishSplit();
      status = super.tryMoveToNextSplit();
    }
    return status;
  }
}
