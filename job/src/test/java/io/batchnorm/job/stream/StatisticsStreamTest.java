package io.batchnorm.job.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.RejectedRecord;
import java.io.IOException;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class StatisticsStreamTest {
  private static final long RECORDS = 40;

  @TempDir Path folder;
  private Path file;
  private Witness witness;

  @BeforeEach
  void prepare() {
    file = folder.resolve(StatisticsStream.FILE);
    witness = new Witness(UUID.randomUUID().toString());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void followsWhileTheDataLastsAndEndsWithItHavingSeenTheLastLine(int parallelism)
      throws Exception {
    StreamExecutionEnvironment env = environment(parallelism);
    DataStream<Long> data =
        env.fromSequence(1, RECORDS)
            .setParallelism(1)
            .map(new AppendAround(witness.name, file.toString()))
            .returns(Types.LONG)
            .setParallelism(1)
            .rebalance()
            .map(record -> record)
            .returns(Types.LONG);
    follow(env, FilePosition.START, data);

    env.execute("follow");

    assertThat(witness.updates).startsWith(version(1)).endsWith(version(RECORDS));
    assertThat(witness.rejected).extracting(RejectedRecord::id).containsExactly("line 2");
  }

  @Test
  void whatOneJobWroteAnotherReads() throws Exception {
    StreamExecutionEnvironment training = environment(2);
    DataStream<KeyStatistics> learned =
        training.fromData(
            BatchNormTypes.KEY_STATISTICS,
            version(1),
            KeyStatistics.of("other", RunningStatistics.initial(2), true),
            version(2),
            KeyStatistics.forgotten("gone", false));
    StatisticsStream.write(learned, folder);
    training.execute("write");

    StatisticsStream.Content content = StatisticsStream.read(file);
    StreamExecutionEnvironment serving = environment(2);
    follow(serving, FilePosition.START, serving.fromData(Types.LONG, 1L));
    serving.execute("follow");

    assertThat(witness.updates)
        .containsExactly(
            version(2),
            KeyStatistics.of("other", RunningStatistics.initial(2), true),
            KeyStatistics.forgotten("gone", false));
    assertThat(content.newest().values()).containsExactlyElementsOf(witness.updates);
    assertThat(content.end().lines()).isEqualTo(4);
    assertThat(content.end().offset()).isEqualTo(Files.size(file));
  }

  private void follow(StreamExecutionEnvironment env, FilePosition from, DataStream<?> data) {
    StatisticsStream.Followed followed = StatisticsStream.follow(env, file, from, data);
    watch(followed.updates(), witness.name, Witness::update, BatchNormTypes.KEY_STATISTICS);
    watch(
        followed.rejected(),
        witness.name,
        (seen, line) -> seen.rejected.add(line),
        BatchNormTypes.REJECTED_RECORD);
  }

  private static <T> void watch(
      DataStream<T> stream, String witness, Watch<T> watch, TypeInformation<T> type) {
    stream
        .map(
            record -> {
              watch.see(Witness.BY_NAME.get(witness), record);
              return record;
            })
        .returns(type)
        .setParallelism(1)
        .sinkTo(new DiscardingSink<>())
        .setParallelism(1);
  }

  private static StreamExecutionEnvironment environment(int parallelism) {
    Configuration configuration = new Configuration();
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "none");
    StreamExecutionEnvironment env =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    env.setParallelism(parallelism);
    return env;
  }

  private static KeyStatistics version(long batches) {
    return KeyStatistics.of(
        "k", RunningStatistics.of(batches, -1, new double[] {0}, new double[] {1}), false);
  }

  private interface Watch<T> extends Serializable {
    void see(Witness witness, T record);
  }

  /** What the tasks of a job saw. */
  private static final class Witness {
    private static final Map<String, Witness> BY_NAME = new ConcurrentHashMap<>();

    private final String name;
    private final List<KeyStatistics> updates = new CopyOnWriteArrayList<>();
    private final List<RejectedRecord> rejected = new CopyOnWriteArrayList<>();
    private final CountDownLatch first = new CountDownLatch(1);

    Witness(String name) {
      this.name = name;
      BY_NAME.put(name, this);
    }

    void update(KeyStatistics statistics) {
      updates.add(statistics);
      first.countDown();
    }
  }

  /** Appends a line before its first record, waits until it was seen, and appends more. */
  private record AppendAround(String witness, String file) implements MapFunction<Long, Long> {
    @Override
    public Long map(Long number) throws IOException, InterruptedException {
      if (number == 1) {
        append(StatisticsJson.line(version(1)));
        Witness.BY_NAME.get(witness).first.await();
        append("nonsense\n".getBytes(StandardCharsets.UTF_8));
      } else {
        append(StatisticsJson.line(version(number)));
      }
      return number;
    }

    private void append(byte[] line) throws IOException {
      Files.write(Path.of(file), line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }
}
