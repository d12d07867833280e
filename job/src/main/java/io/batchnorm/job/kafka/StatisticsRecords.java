package io.batchnorm.job.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.batchnorm.job.stream.StatisticsJson;
import io.batchnorm.types.KeyStatistics;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Records of statistics. Key: the key. Value: {@link StatisticsJson}. */
final class StatisticsRecords extends TopicWriter<KeyStatistics> {
  private static final long serialVersionUID = 1L;

  StatisticsRecords(String topic) {
    super(topic);
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      KeyStatistics statistics, KafkaSinkContext context, Long timestamp) {
    return new ProducerRecord<>(
        topic(), statistics.key().getBytes(UTF_8), StatisticsJson.object(statistics));
  }
}
