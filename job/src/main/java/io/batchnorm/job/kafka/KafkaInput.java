package io.batchnorm.job.kafka;

import io.batchnorm.job.input.Inputs;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.OffsetResetStrategy;
import org.apache.kafka.common.TopicPartition;

/**
 * Batches or samples from a topic, from the offsets that the consumer group has committed, or the
 * earliest. The records of a key are in order if its producers put them into one partition, as they
 * do by default.
 *
 * @param topic must be there
 * @param samples whether each record is a sample
 * @param ends where to stop, by partition; null for never
 * @param eventTime whether somebody waits for watermarks. Without, there are none: they make
 *     nothing but work
 * @param maxBytes of a record's value; larger ones are rejected
 */
public record KafkaInput(
    String topic,
    Format format,
    boolean samples,
    Map<Integer, Long> ends,
    boolean eventTime,
    int maxBytes) {
  /** Records of a partition may be out of order by this, as those of several producers are. */
  private static final Duration OUT_OF_ORDER = Duration.ofSeconds(1);

  /** A partition that brings nothing for so long does not hold up the others. */
  private static final Duration IDLE = Duration.ofSeconds(10);

  /** Adds the source to the job. */
  public Inputs read(StreamExecutionEnvironment env, KafkaConnection connection) {
    KafkaSourceBuilder<TopicFeatures> source =
        KafkaSource.<TopicFeatures>builder()
            .setProperties(connection.consumer())
            .setTopics(topic)
            .setGroupId(connection.name())
            .setStartingOffsets(OffsetsInitializer.committedOffsets(OffsetResetStrategy.EARLIEST))
            .setDeserializer(new FeatureRecords(format, samples, maxBytes));
    if (ends != null) {
      Map<TopicPartition, Long> stops = new HashMap<>();
      ends.forEach((partition, end) -> stops.put(new TopicPartition(topic, partition), end));
      source.setBounded(OffsetsInitializer.offsets(stops));
    }
    SingleOutputStreamOperator<TopicFeatures> records =
        env.fromSource(source.build(), watermarks(), "input-kafka", Types.POJO(TopicFeatures.class))
            .uid("input-kafka");
    SingleOutputStreamOperator<FeatureBatch> batches =
        Outcome.split(records, BatchNormTypes.FEATURE_BATCH, "input");
    return new Inputs(batches, false, batches.getSideOutput(Outcome.REJECTED));
  }

  private WatermarkStrategy<TopicFeatures> watermarks() {
    return eventTime
        ? WatermarkStrategy.<TopicFeatures>forBoundedOutOfOrderness(OUT_OF_ORDER).withIdleness(IDLE)
        : WatermarkStrategy.noWatermarks();
  }
}
