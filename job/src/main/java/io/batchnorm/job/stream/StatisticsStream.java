package io.batchnorm.job.stream;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.RejectedRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.util.Collector;

/** Writes and follows statistics as {@link StatisticsJson} lines, with constant uids. */
public final class StatisticsStream {
  /** Name of the file in the folder of a stream. */
  public static final String FILE = "statistics.jsonl";

  /** Longer lines are rejected; about 400,000 channels of float64 mean and variance are shorter. */
  public static final int MAX_LINE_BYTES = 1 << 24;

  private StatisticsStream() {}

  /**
   * What a file brings while it grows.
   *
   * @param updates at each look at most one of each key, the newest; an older version comes after a
   *     newer one only if it says reset, or if the file was cut or replaced
   * @param rejected lines that are none
   */
  public record Followed(DataStream<KeyStatistics> updates, DataStream<RejectedRecord> rejected) {}

  /**
   * What a file holds.
   *
   * @param newest by key
   * @param end behind its last complete line
   * @param rejected lines that are none
   */
  public record Content(
      Map<String, KeyStatistics> newest, FilePosition end, List<RejectedRecord> rejected) {}

  /**
   * Appends to {@link #FILE} in a folder that all machines share, line by line. A fresh start
   * replaces the file of an earlier run; a restore goes on with it.
   */
  public static void write(DataStream<KeyStatistics> statistics, Path directory) {
    statistics
        .sinkTo(new StatisticsLog(directory.resolve(FILE)))
        .uid("statistics-stream")
        .name("statistics-stream")
        .setParallelism(1);
  }

  /**
   * Reads all complete lines that are there now. A file that is not there has none.
   *
   * @throws IOException if it cannot be read
   */
  public static Content read(Path file) throws IOException {
    List<RejectedRecord> rejected = new ArrayList<>();
    StatisticsTail.Look look =
        new StatisticsTail(file, MAX_LINE_BYTES).look(FilePosition.START, false, rejected::add);
    return new Content(look.newest(), look.end(), List.copyOf(rejected));
  }

  /**
   * Follows a file as long as another stream runs, and reads to its end when that has ended. A
   * source could not do that: bounded it would not wait, unbounded it would keep the job alive.
   *
   * @param from where to go on, such as {@link Content#end()}; a restored job goes on where it was
   * @param whileRunning of which only the end and the watermarks are used; best one that is not
   *     keyed, whose records so need not leave their task
   */
  public static Followed follow(
      StreamExecutionEnvironment env, Path file, FilePosition from, DataStream<?> whileRunning) {
    DataStream<String> start =
        env.fromData(Types.STRING, "start").uid("statistics-from-start").setParallelism(1);
    SingleOutputStreamOperator<KeyStatistics> updates =
        start
            .union(endOf(whileRunning))
            .keyBy(element -> "", Types.STRING)
            .process(
                new StatisticsFollower(file.toAbsolutePath(), from, MAX_LINE_BYTES),
                BatchNormTypes.KEY_STATISTICS)
            .uid("statistics-from")
            .name("statistics-from")
            .setParallelism(1);
    return new Followed(updates, updates.getSideOutput(StatisticsFollower.REJECTED));
  }

  private static <T> DataStream<String> endOf(DataStream<T> stream) {
    return stream
        .process(new Nothing<T>(), Types.STRING)
        .uid("statistics-from-end")
        .name("statistics-from-end")
        .setParallelism(stream.getParallelism());
  }

  /** Lets nothing through but the end, watermarks and barriers. */
  private static final class Nothing<T> extends ProcessFunction<T, String> {
    private static final long serialVersionUID = 1L;

    @Override
    public void processElement(T element, Context ctx, Collector<String> out) {}
  }
}
