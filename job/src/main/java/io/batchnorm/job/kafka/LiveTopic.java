package io.batchnorm.job.kafka;

import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.common.TopicPartition;

/**
 * A small topic whose history was read when the job was built, followed by one subtask. It has no
 * event time; nothing behind it waits for any.
 */
final class LiveTopic {
  private LiveTopic() {}

  /**
   * @param from where to begin, by partition; a restored job goes on where it was
   */
  static <T> SingleOutputStreamOperator<T> of(
      StreamExecutionEnvironment env,
      KafkaConnection connection,
      String topic,
      Map<Integer, Long> from,
      KafkaRecordDeserializationSchema<T> reader,
      TypeInformation<T> type,
      String uid) {
    Map<TopicPartition, Long> offsets = new HashMap<>();
    from.forEach((partition, offset) -> offsets.put(new TopicPartition(topic, partition), offset));
    KafkaSource<T> source =
        KafkaSource.<T>builder()
            .setProperties(connection.consumer())
            .setTopics(topic)
            .setGroupId(connection.name())
            .setStartingOffsets(OffsetsInitializer.offsets(offsets))
            .setDeserializer(reader)
            .build();
    return env.fromSource(source, WatermarkStrategy.noWatermarks(), uid, type)
        .uid(uid)
        .setParallelism(1);
  }
}
