package io.batchnorm.job.kafka;

import io.batchnorm.job.stream.NewestStatistics;
import io.batchnorm.job.stream.StatisticsStream;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.RejectedRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Statistics from a topic that a training job writes to. */
public final class KafkaStatistics {
  private KafkaStatistics() {}

  /**
   * What a topic holds.
   *
   * @param newest by key
   * @param rejected records that are no statistics
   * @param ends where it ends, by partition
   */
  public record Content(
      Map<String, KeyStatistics> newest, List<RejectedRecord> rejected, Map<Integer, Long> ends) {
    /** Of a topic that is new. */
    public static final Content EMPTY = new Content(Map.of(), List.of(), Map.of());
  }

  /** Reads all that is there now. */
  public static Content read(KafkaConnection connection, String topic) throws KafkaFaultException {
    NewestStatistics newest = new NewestStatistics();
    List<RejectedRecord> rejected = new ArrayList<>();
    StatisticsReader reader = new StatisticsReader();
    Map<Integer, Long> ends =
        TopicHistory.read(
            connection,
            topic,
            record -> {
              TopicStatistics outcome = reader.read(record);
              if (outcome.rejected() == null) {
                newest.add(outcome.accepted());
              } else {
                rejected.add(outcome.rejected());
              }
            });
    return new Content(newest.byKey(), List.copyOf(rejected), ends);
  }

  /** What comes behind {@code ends}, for as long as the job runs. */
  public static StatisticsStream.Followed follow(
      StreamExecutionEnvironment env,
      KafkaConnection connection,
      String topic,
      Map<Integer, Long> ends) {
    SingleOutputStreamOperator<TopicStatistics> records =
        LiveTopic.of(
            env,
            connection,
            topic,
            ends,
            new StatisticsReader(),
            Types.POJO(TopicStatistics.class),
            "statistics-from-kafka");
    SingleOutputStreamOperator<KeyStatistics> updates =
        Outcome.split(records, BatchNormTypes.KEY_STATISTICS, "statistics-from-topic");
    return new StatisticsStream.Followed(updates, updates.getSideOutput(Outcome.REJECTED));
  }
}
