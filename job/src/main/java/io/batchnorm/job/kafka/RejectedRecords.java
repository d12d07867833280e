package io.batchnorm.job.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.batchnorm.job.output.JsonLines;
import io.batchnorm.types.RejectedRecord;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Records of rejected records. Key: that of the input, none if it had none. Value: the JSON object
 * that {@code jsonl} has too. Header: {@code reason}.
 */
final class RejectedRecords extends TopicWriter<RejectedRecord> {
  private static final long serialVersionUID = 1L;

  RejectedRecords(String topic) {
    super(topic);
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      RejectedRecord rejected, KafkaSinkContext context, Long timestamp) {
    byte[] key = rejected.key().isEmpty() ? null : rejected.key().getBytes(UTF_8);
    return new ProducerRecord<>(
        topic(),
        null,
        null,
        key,
        JsonLines.object(rejected),
        List.of(NormalizedRecords.header("reason", rejected.reason().code())));
  }
}
