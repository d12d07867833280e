package io.batchnorm.job.input;

import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.exchange.ExchangeException;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.RejectedRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/** Reads the files that were listed; those that cannot be used are rejected. */
final class ReadFeatures extends ProcessFunction<FileReference, FeatureBatch> {
  private static final long serialVersionUID = 1L;

  private final FeatureReader reader;

  ReadFeatures(FeatureReader reader) {
    this.reader = reader;
  }

  @Override
  public void processElement(FileReference file, Context ctx, Collector<FeatureBatch> out) {
    FeatureBatch batch;
    try {
      batch = read(file);
    } catch (InvalidBatchException e) {
      reject(file, e.reason(), e.getMessage(), ctx);
      return;
    } catch (ExchangeException e) {
      reject(file, ArrayFeatures.reasonOf(e), e.getMessage(), ctx);
      return;
    } catch (IOException e) {
      String sentence = "%s cannot be read (%s), wanted a file that this user may read";
      String message = sentence.formatted(file.path(), e.getClass().getSimpleName());
      reject(file, RejectionReason.UNREADABLE_INPUT, message, ctx);
      return;
    }
    out.collect(batch);
  }

  private FeatureBatch read(FileReference file) throws IOException {
    if (file.key().isEmpty()) {
      throw new InvalidBatchException(
          RejectionReason.MALFORMED_INPUT,
          "%s lies in the input folder itself, wanted DIR/KEY/...; move it to the folder of its key"
              .formatted(file.path()));
    }
    if (file.duplicate()) {
      throw new InvalidBatchException(
          RejectionReason.DUPLICATE_ID,
          "%s has the id %s, which another file of key %s has already; rename it"
              .formatted(file.path(), file.id(), file.key()));
    }
    Path path = Path.of(file.path());
    if (!Files.isRegularFile(path)) {
      throw new InvalidBatchException(
          RejectionReason.UNREADABLE_INPUT,
          "%s is no file that can be read: a broken link, a folder without access, a pipe or a device; wanted a file"
              .formatted(path));
    }
    return FeatureBatch.of(file.key(), file.id(), reader.read(path));
  }

  private static void reject(
      FileReference file, RejectionReason reason, String message, Context ctx) {
    ctx.output(Inputs.REJECTED, new RejectedRecord(file.key(), file.id(), reason, message));
  }
}
