package io.batchnorm.job.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.batchnorm.types.NormalizedBatch;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/**
 * Records of normalized batches or samples. Key: the key. Value: the array in float32, as {@code
 * .npy} or JSON. Headers, all text: {@code id}, {@code mode}, {@code numBatchesTracked}.
 */
final class NormalizedRecords extends TopicWriter<NormalizedBatch> {
  private static final long serialVersionUID = 1L;

  private final Format format;
  private final boolean samples;
  private final boolean timestamped;

  /**
   * @param samples whether the batches are single samples, written without their N
   */
  NormalizedRecords(String topic, Format format, boolean samples, boolean timestamped) {
    super(topic);
    this.format = format;
    this.samples = samples;
    this.timestamped = timestamped;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      NormalizedBatch batch, KafkaSinkContext context, Long timestamp) {
    List<Header> headers =
        List.of(
            header(RecordText.ID, batch.ids().get(0)),
            header("mode", batch.mode().code()),
            header("numBatchesTracked", Long.toString(batch.numBatchesTracked())));
    Long time = timestamped ? time(timestamp) : null;
    return new ProducerRecord<>(
        topic(), null, time, batch.key().getBytes(UTF_8), value(batch), headers);
  }

  static Header header(String name, String value) {
    return new RecordHeader(name, value.getBytes(UTF_8));
  }

  private byte[] value(NormalizedBatch batch) {
    return format.write(batch.ids().get(0), batch.features(), samples);
  }
}
