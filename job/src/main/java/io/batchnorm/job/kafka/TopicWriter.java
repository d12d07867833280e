package io.batchnorm.job.kafka;

import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.DefaultKafkaDatasetIdentifier;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacet;
import org.apache.flink.connector.kafka.lineage.KafkaDatasetFacetProvider;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;

/**
 * Makes records of one topic, and says of which: a sink that takes the names of its transactions
 * from a pool asks for it.
 */
abstract class TopicWriter<T>
    implements KafkaRecordSerializationSchema<T>, KafkaDatasetFacetProvider {
  private static final long serialVersionUID = 1L;

  private final String topic;

  TopicWriter(String topic) {
    this.topic = topic;
  }

  final String topic() {
    return topic;
  }

  /**
   * The time of a record, null for that of writing. What is flushed at the end of the input has the
   * largest of all times, which no broker takes.
   *
   * @param event its event time, null if it has none
   */
  static Long time(Long event) {
    return event == null || event < 0 || event == Long.MAX_VALUE ? null : event;
  }

  /** Without client settings: some are secret, and facets are for listeners of any kind. */
  @Override
  public final Optional<KafkaDatasetFacet> getKafkaDatasetFacet() {
    return Optional.of(
        new DefaultKafkaDatasetFacet(
            DefaultKafkaDatasetIdentifier.ofTopics(List.of(topic)), new Properties()));
  }
}
