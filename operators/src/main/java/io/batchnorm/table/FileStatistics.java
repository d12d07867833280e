package io.batchnorm.table;

import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.ExchangeException;
import io.batchnorm.exchange.StatisticsFile;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.flink.table.api.TableRuntimeException;

/** Statistics of a safetensors file by key, read once by every subtask, before its first row. */
final class FileStatistics implements FrozenStatistics {
  private static final long serialVersionUID = 1L;

  private final String path;

  private transient Map<String, RunningStatistics> byKey;

  FileStatistics(String path) {
    this.path = path;
  }

  @Override
  public void open() {
    try {
      byKey = StatisticsFile.read(Path.of(path)).byKey();
    } catch (ExchangeException e) {
      throw new TableRuntimeException("BATCH_NORM_EVAL: " + e.getMessage(), e);
    } catch (NoSuchFileException e) {
      throw unreadable("there is no such file", e);
    } catch (IOException e) {
      throw unreadable("it cannot be read: " + e.getMessage(), e);
    }
  }

  private TableRuntimeException unreadable(String what, IOException cause) {
    return new TableRuntimeException(
        "BATCH_NORM_EVAL: %s: %s; wanted a safetensors file at that path on every machine that runs tasks"
            .formatted(path, what),
        cause);
  }

  @Override
  public RunningStatistics of(Object... arguments) {
    Object key = arguments[EvalArguments.KEY];
    RunningStatistics statistics = key == null ? null : byKey.get(key.toString());
    if (statistics == null) {
      throw new InvalidBatchException(
          RejectionReason.NO_STATISTICS,
          "%s has no statistics of key %s, wanted one of its %d keys; train it, or use another file"
              .formatted(path, key == null ? "NULL" : "\"" + key + "\"", byKey.size()));
    }
    return statistics;
  }
}
