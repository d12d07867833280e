package io.batchnorm.job.kafka;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.Directive;
import io.batchnorm.types.RejectedRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Commands from a topic of one partition, which keeps them in order. */
public final class KafkaControl {
  private KafkaControl() {}

  /**
   * What a topic holds.
   *
   * @param directives in order
   * @param rejected records that are no commands
   * @param ends where it ends, by partition
   */
  public record Content(
      List<Directive> directives, List<RejectedRecord> rejected, Map<Integer, Long> ends) {
    /** Of a topic that is new. */
    public static final Content EMPTY = new Content(List.of(), List.of(), Map.of());
  }

  /** What a topic brings while the job runs. */
  public record Followed(DataStream<Directive> directives, DataStream<RejectedRecord> rejected) {}

  /**
   * Reads all that is there now.
   *
   * @param wantsCount whether statistics to load must say how many values are behind them
   */
  public static Content read(KafkaConnection connection, String topic, boolean wantsCount)
      throws KafkaFaultException {
    List<Directive> directives = new ArrayList<>();
    List<RejectedRecord> rejected = new ArrayList<>();
    CommandReader reader = new CommandReader(wantsCount);
    Map<Integer, Long> ends =
        TopicHistory.read(
            connection,
            topic,
            record -> {
              for (TopicCommand outcome : reader.read(record)) {
                if (outcome.rejected() == null) {
                  directives.add(outcome.accepted());
                } else {
                  rejected.add(outcome.rejected());
                }
              }
            });
    return new Content(List.copyOf(directives), List.copyOf(rejected), ends);
  }

  /** What comes behind {@code ends}, for as long as the job runs. */
  public static Followed follow(
      StreamExecutionEnvironment env,
      KafkaConnection connection,
      String topic,
      Map<Integer, Long> ends,
      boolean wantsCount) {
    SingleOutputStreamOperator<TopicCommand> records =
        LiveTopic.of(
            env,
            connection,
            topic,
            ends,
            new CommandReader(wantsCount),
            Types.POJO(TopicCommand.class),
            "control-kafka");
    SingleOutputStreamOperator<Directive> directives =
        Outcome.split(records, BatchNormTypes.DIRECTIVE, "control");
    return new Followed(directives, directives.getSideOutput(Outcome.REJECTED));
  }
}
