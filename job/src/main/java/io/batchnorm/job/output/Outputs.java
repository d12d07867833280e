package io.batchnorm.job.output;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.nio.file.Path;
import java.util.Map;
import org.apache.flink.api.common.serialization.Encoder;
import org.apache.flink.connector.file.sink.FileSink;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.sink.filesystem.OutputFileConfig;
import org.apache.flink.streaming.api.functions.sink.filesystem.bucketassigners.BasePathBucketAssigner;
import org.apache.flink.streaming.api.functions.sink.filesystem.rollingpolicies.OnCheckpointRollingPolicy;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** Connects streams to files, with constant uids, in as many subtasks as made the streams. */
public final class Outputs {
  /** Prefix of the files of normalized records. */
  public static final String NORMALIZED = "normalized";

  /** Prefix of the files of rejected records. */
  public static final String REJECTED = "rejected";

  private Outputs() {}

  /** One {@code .npy} file for each record. */
  public static void npy(DataStream<NormalizedBatch> stream, Path directory, boolean samples) {
    stream
        .sinkTo(new NpySink(directory, samples))
        .uid("output")
        .name("output")
        .setParallelism(stream.getParallelism());
  }

  /** Nowhere. */
  public static void none(DataStream<?> stream) {
    stream
        .sinkTo(new DiscardingSink<>())
        .uid("output")
        .name("output")
        .setParallelism(stream.getParallelism());
  }

  /** Lines in {@code DIR/normalized-*.jsonl}. */
  public static void jsonl(DataStream<NormalizedBatch> stream, Path directory, boolean samples) {
    stream
        .sinkTo(files(directory, NORMALIZED, (batch, out) -> JsonLines.write(batch, samples, out)))
        .uid("output")
        .name("output")
        .setParallelism(stream.getParallelism());
  }

  /** Lines in {@code DIR/rejected-*.jsonl}. */
  public static void rejected(DataStream<RejectedRecord> stream, Path directory) {
    stream
        .sinkTo(files(directory, REJECTED, JsonLines::write))
        .uid("rejected")
        .name("rejected")
        .setParallelism(1);
  }

  private static <T> FileSink<T> files(Path directory, String prefix, Encoder<T> encoder) {
    return FileSink.forRowFormat(new org.apache.flink.core.fs.Path(directory.toUri()), encoder)
        .withBucketAssigner(new BasePathBucketAssigner<>())
        .withRollingPolicy(OnCheckpointRollingPolicy.build())
        .withOutputFileConfig(new OutputFileConfig(prefix, ".jsonl"))
        .build();
  }

  /** One safetensors file of all keys. */
  public static void statistics(
      DataStream<KeyStatistics> stream,
      Path file,
      StatisticsFormat format,
      Map<String, RunningStatistics> loaded) {
    stream
        .sinkTo(new StatisticsSink(file, format, loaded))
        .uid("statistics")
        .name("statistics")
        .setParallelism(1);
  }
}
