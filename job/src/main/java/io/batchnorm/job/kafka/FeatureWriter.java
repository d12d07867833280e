package io.batchnorm.job.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.batchnorm.types.FeatureBatch;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Records of batches or samples as {@link FeatureRecords} reads them. Header: {@code id}. */
final class FeatureWriter extends TopicWriter<FeatureBatch> {
  private static final long serialVersionUID = 1L;

  private final Format format;
  private final boolean samples;
  private final boolean timestamped;

  /**
   * @param samples whether the batches are single samples, written without their N
   * @param timestamped whether records get the event time of the batches, else that of writing
   */
  FeatureWriter(String topic, Format format, boolean samples, boolean timestamped) {
    super(topic);
    this.format = format;
    this.samples = samples;
    this.timestamped = timestamped;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      FeatureBatch batch, KafkaSinkContext context, Long timestamp) {
    String id = batch.ids().get(0);
    return new ProducerRecord<>(
        topic(),
        null,
        timestamped ? time(timestamp) : null,
        batch.key().getBytes(UTF_8),
        format.write(id, batch.features(), samples),
        List.of(NormalizedRecords.header(RecordText.ID, id)));
  }
}
