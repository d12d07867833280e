package io.batchnorm.job.kafka;

import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.job.stream.MalformedStatisticsException;
import io.batchnorm.job.stream.StatisticsJson;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.RejectedRecord;
import java.io.ByteArrayInputStream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Makes statistics of records. A record without a value is how a compacted topic says that a key is
 * gone, so the key has forgotten what it knew.
 */
final class StatisticsReader implements KafkaRecordDeserializationSchema<TopicStatistics> {
  private static final long serialVersionUID = 1L;

  @Override
  public TypeInformation<TopicStatistics> getProducedType() {
    return Types.POJO(TopicStatistics.class);
  }

  @Override
  public void deserialize(
      ConsumerRecord<byte[], byte[]> record, Collector<TopicStatistics> statistics) {
    statistics.collect(read(record));
  }

  /** What a record is; never fails. */
  TopicStatistics read(ConsumerRecord<byte[], byte[]> record) {
    try {
      return new TopicStatistics(statistics(record), null);
    } catch (MalformedStatisticsException e) {
      RejectedRecord rejected =
          RecordText.rejected(
              record,
              e.key(),
              RecordText.idOf(RecordText.origin(record)),
              RejectionReason.MALFORMED_STATISTICS,
              e.getMessage());
      return new TopicStatistics(null, rejected);
    }
  }

  private static KeyStatistics statistics(ConsumerRecord<byte[], byte[]> record)
      throws MalformedStatisticsException {
    String key = key(record);
    if (record.value() == null) {
      return KeyStatistics.forgotten(key, false);
    }
    KeyStatistics statistics = StatisticsJson.read(new ByteArrayInputStream(record.value()));
    if (!statistics.key().equals(key)) {
      throw new MalformedStatisticsException(
          statistics.key(),
          "the record's key is not the \"key\" of its value, so that a compacted topic would lose"
              + " one of them");
    }
    return statistics;
  }

  private static String key(ConsumerRecord<byte[], byte[]> record)
      throws MalformedStatisticsException {
    try {
      return RecordText.key(record);
    } catch (InvalidBatchException e) {
      throw new MalformedStatisticsException("", e.getMessage());
    }
  }
}
