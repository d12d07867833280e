package io.batchnorm.job.input;

import io.batchnorm.exchange.NpyReader;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.RejectedRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.connector.file.src.FileSource;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamSource;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * An input of the job.
 *
 * @param batches batches or samples, in the order of each key
 * @param partitioned whether they are partitioned by key already
 * @param rejected files and rows that are neither
 */
public record Inputs(
    DataStream<FeatureBatch> batches, boolean partitioned, DataStream<RejectedRecord> rejected) {
  static final OutputTag<RejectedRecord> REJECTED =
      new OutputTag<>("rejected", BatchNormTypes.REJECTED_RECORD);

  private static final List<String> NPY = List.of(".npy");

  /** Each {@code DIR/KEY/**.npy} is a batch {@code (N, C, *)}. */
  public static Inputs npyBatches(StreamExecutionEnvironment env, Path directory, boolean keyed) {
    return files(env, directory, NPY, path -> ArrayFeatures.batch(NpyReader.read(path)), keyed);
  }

  /** Each {@code DIR/KEY/**.npy} is a sample {@code (C, *)}. */
  public static Inputs npySamples(StreamExecutionEnvironment env, Path directory, boolean keyed) {
    return files(env, directory, NPY, path -> ArrayFeatures.sample(NpyReader.read(path)), keyed);
  }

  /** Each image {@code DIR/KEY/**} is a sample {@code (C, H, W)} in [0, 1]. */
  public static Inputs images(StreamExecutionEnvironment env, Path directory, boolean keyed) {
    return files(env, directory, ImageFeatures.SUFFIXES, ImageFeatures::sample, keyed);
  }

  /** Whether there is anything to read. */
  public static boolean hasFiles(Path directory, boolean images) {
    return new FileListing(directory, images ? ImageFeatures.SUFFIXES : NPY).hasNext();
  }

  /**
   * @param keyed whether the files are wanted by key, for operators with keyed state; else those of
   *     each key are listed and read in one place, and nothing is shuffled
   */
  private static Inputs files(
      StreamExecutionEnvironment env,
      Path directory,
      List<String> suffixes,
      FeatureReader reader,
      boolean keyed) {
    return keyed
        ? readByKey(filesInOrder(env, FileListSource.inOrder(directory, suffixes)), reader)
        : readWhereListed(files(env, FileListSource.byKey(directory, suffixes)), reader);
  }

  static DataStream<FileReference> filesInOrder(
      StreamExecutionEnvironment env, Source<FileReference, ?, ?> source) {
    return files(env, source).setParallelism(1);
  }

  private static DataStreamSource<FileReference> files(
      StreamExecutionEnvironment env, Source<FileReference, ?, ?> source) {
    DataStreamSource<FileReference> files =
        env.fromSource(
            source, WatermarkStrategy.noWatermarks(), "files", Types.POJO(FileReference.class));
    files.uid("files");
    return files;
  }

  /** Reads listed files where they are normalized: paths are shuffled, not tensors. */
  static Inputs readByKey(DataStream<FileReference> files, FeatureReader reader) {
    return read(
        files
            .keyBy(FileReference::key, Types.STRING)
            .process(new ReadFeatures(reader), BatchNormTypes.FEATURE_BATCH),
        true);
  }

  private static Inputs readWhereListed(DataStream<FileReference> files, FeatureReader reader) {
    return read(files.process(new ReadFeatures(reader), BatchNormTypes.FEATURE_BATCH), false);
  }

  private static Inputs read(SingleOutputStreamOperator<FeatureBatch> read, boolean partitioned) {
    read.uid("read").name("read");
    return new Inputs(read, partitioned, read.getSideOutput(REJECTED));
  }

  /** Each row of a CSV file with a header is a sample {@code (C)}. */
  public static Inputs csv(StreamExecutionEnvironment env, Path file, CsvColumns columns) {
    FileSource<CsvRow> source =
        FileSource.forRecordStreamFormat(
                new CsvFormat(columns), new org.apache.flink.core.fs.Path(file.toUri()))
            .build();
    SingleOutputStreamOperator<FeatureBatch> samples =
        env.fromSource(source, watermarks(columns), "rows", Types.POJO(CsvRow.class))
            .uid("rows")
            .setParallelism(1)
            .process(new SplitRows(), BatchNormTypes.FEATURE_BATCH)
            .uid("samples")
            .name("samples")
            .setParallelism(1);
    return new Inputs(samples, false, samples.getSideOutput(REJECTED));
  }

  /**
   * Timestamps without watermarks but that of the end: a file is bounded, and batches that waited
   * for watermarks would depend on when they come.
   */
  static WatermarkStrategy<CsvRow> watermarks(CsvColumns columns) {
    return columns.time() == null
        ? WatermarkStrategy.noWatermarks()
        : WatermarkStrategy.<CsvRow>noWatermarks()
            .withTimestampAssigner((row, ignored) -> row.time());
  }

  /** What the columns lack in the header of {@code file}; empty if all are there. */
  public static List<String> csvFaults(Path file, CsvColumns columns) throws IOException {
    return columns.faults(CsvHeader.read(file));
  }

  private static final class SplitRows extends ProcessFunction<CsvRow, FeatureBatch> {
    private static final long serialVersionUID = 1L;

    @Override
    public void processElement(CsvRow row, Context ctx, Collector<FeatureBatch> out) {
      if (row.rejected() != null) {
        ctx.output(REJECTED, row.rejected());
      } else {
        out.collect(row.sample());
      }
    }
  }
}
