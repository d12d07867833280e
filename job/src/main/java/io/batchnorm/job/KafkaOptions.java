package io.batchnorm.job;

import io.batchnorm.job.kafka.Format;
import io.batchnorm.job.kafka.KafkaConnection;
import io.batchnorm.job.kafka.KafkaOutput;
import io.batchnorm.job.kafka.RecordSizes;
import io.batchnorm.job.kafka.TopicInfo;
import java.util.List;
import java.util.Map;

/**
 * How the topics of a run are read and written.
 *
 * @param bounded whether the input ends where it ended when the run was checked
 * @param maxBytes of the value of an input
 * @param topics of the run, by name
 * @param notes what is possible and perhaps not meant, for the user
 */
record KafkaOptions(
    KafkaConnection connection,
    Format format,
    boolean bounded,
    int maxBytes,
    Map<String, TopicInfo> topics,
    List<String> notes) {

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
