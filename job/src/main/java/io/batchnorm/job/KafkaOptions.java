package io.batchnorm.job;

import io.batchnorm.job.kafka.Format;
import io.batchnorm.job.kafka.KafkaConnection;
import io.batchnorm.job.kafka.KafkaFaultException;
import io.batchnorm.job.kafka.KafkaOutput;
import io.batchnorm.job.kafka.KafkaTopics;
import io.batchnorm.job.kafka.RecordSizes;
import io.batchnorm.job.kafka.TopicInfo;
import java.util.List;
import java.util.Map;

/**
 * How the topics of a run are read and written.
 *
 * @param inputEnds where the input ended when the run was checked, by partition, if it is to stop
 *     there; null if not
 * @param maxBytes of the value of an input
 * @param topics of the run, by name, as they are or will be made
 * @param missing those that are still to be made
 * @param notes what is possible and perhaps not meant, for the user
 */
record KafkaOptions(
    KafkaConnection connection,
    Format format,
    Map<Integer, Long> inputEnds,
    int maxBytes,
    Map<String, TopicInfo> topics,
    List<TopicInfo> missing,
    List<String> notes) {

  /**
   * Makes the missing topics; the last thing before the job starts.
   *
   * @throws UsageException if the brokers do not make them
   */
  void createMissing() throws UsageException {
    if (missing.isEmpty()) {
      return;
    }
    try (KafkaTopics brokers = KafkaTopics.of(connection)) {
      for (TopicInfo topic : missing) {
        brokers.create(topic);
      }
      brokers.await(missing.stream().map(TopicInfo::name).toList());
    } catch (KafkaFaultException e) {
      throw new UsageException(List.of("kafka: " + e.getMessage()));
    }
  }

  /** Whether the input has an end. */
  boolean bounded() {
    return inputEnds != null;
  }

  /** Whether there is nothing in it yet. */
  boolean isMissing(String topic) {
    return missing.stream().anyMatch(info -> info.name().equals(topic));
  }

  /** An output to a topic of the run. */
  KafkaOutput output(String topic) {
    return new KafkaOutput(connection, topic, topics.get(topic).maxMessageBytes());
  }

  /** What the topic of an output takes; null if the output is none. */
  RecordSizes.Limit limit(Location output) {
    return output == null || !output.isTopic()
        ? null
        : new RecordSizes.Limit(output.topic(), topics.get(output.topic()).maxMessageBytes());
  }
}
