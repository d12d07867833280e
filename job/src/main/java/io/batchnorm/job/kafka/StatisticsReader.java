package io.batchnorm.job.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.batchnorm.core.RejectionReason;
import io.batchnorm.job.stream.MalformedStatisticsException;
import io.batchnorm.job.stream.StatisticsJson;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.Origin;
import io.batchnorm.types.RejectedRecord;
import java.io.ByteArrayInputStream;
import java.util.Arrays;
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
      Origin origin = RecordText.origin(record);
      RejectedRecord rejected =
          new RejectedRecord(
              e.key(),
              RecordText.idOf(origin),
              RejectionReason.MALFORMED_STATISTICS,
              "%s: %s".formatted(origin, e.getMessage()));
      return new TopicStatistics(null, rejected.from(origin));
    }
  }

  private static KeyStatistics statistics(ConsumerRecord<byte[], byte[]> record)
      throws MalformedStatisticsException {
    if (record.value() == null) {
      if (record.key() == null) {
        throw new MalformedStatisticsException("", "the record has neither key nor value");
      }
      return KeyStatistics.forgotten(new String(record.key(), UTF_8), false);
    }
    KeyStatistics statistics = StatisticsJson.read(new ByteArrayInputStream(record.value()));
    if (!Arrays.equals(record.key(), statistics.key().getBytes(UTF_8))) {
      throw new MalformedStatisticsException(
          statistics.key(),
          "the record's key is not the \"key\" of its value, so that a compacted topic would lose"
              + " one of them");
    }
    return statistics;
  }
}
