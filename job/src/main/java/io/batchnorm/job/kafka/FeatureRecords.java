package io.batchnorm.job.kafka;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InvalidBatchException;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.exchange.ExchangeException;
import io.batchnorm.exchange.NpyArray;
import io.batchnorm.exchange.NpyReader;
import io.batchnorm.job.input.ArrayFeatures;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.Origin;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Makes batches or samples of records. The record's key is the key; the id is that of the JSON
 * object, or the header {@code id}, or topic, partition and offset.
 */
final class FeatureRecords implements KafkaRecordDeserializationSchema<TopicFeatures> {
  private static final long serialVersionUID = 1L;

  private final Format format;
  private final boolean samples;
  private final int maxBytes;

  /**
   * @param samples whether each value is a sample {@code (C, *)}, else a batch {@code (N, C, *)}
   * @param maxBytes larger values are rejected
   */
  FeatureRecords(Format format, boolean samples, int maxBytes) {
    this.format = format;
    this.samples = samples;
    this.maxBytes = maxBytes;
  }

  @Override
  public TypeInformation<TopicFeatures> getProducedType() {
    return Types.POJO(TopicFeatures.class);
  }

  @Override
  public void deserialize(
      ConsumerRecord<byte[], byte[]> record, Collector<TopicFeatures> features) {
    features.collect(read(record));
  }

  /** What a record is; never fails. */
  TopicFeatures read(ConsumerRecord<byte[], byte[]> record) {
    Origin origin = RecordText.origin(record);
    String key = "";
    String id = RecordText.idOf(origin);
    RejectionReason reason;
    String message;
    try {
      key = RecordText.key(record);
      id = RecordText.id(record, id);
      checkSize(record.value());
      return new TopicFeatures(batch(key, id, record.value(), origin), null);
    } catch (InvalidBatchException e) {
      reason = e.reason();
      message = e.getMessage();
    } catch (ExchangeException e) {
      reason = ArrayFeatures.reasonOf(e);
      message = e.getMessage();
    }
    return new TopicFeatures(null, RecordText.rejected(record, key, id, reason, message));
  }

  private void checkSize(byte[] value) {
    if (value == null) {
      throw RecordText.malformed("the record has no value, wanted an array");
    }
    if (value.length > maxBytes) {
      throw new InvalidBatchException(
          RejectionReason.TOO_LARGE,
          "the value has %,d bytes, wanted %,d at the most; raise --kafka-max-bytes"
              .formatted(value.length, maxBytes));
    }
  }

  private FeatureBatch batch(String key, String id, byte[] value, Origin origin)
      throws ExchangeException {
    if (format == Format.NPY) {
      return FeatureBatch.of(key, id, features(NpyReader.read(value, origin.toString())));
    }
    FeatureJson json = FeatureJson.read(value);
    return FeatureBatch.of(key, json.id() == null ? id : json.id(), features(json.array()));
  }

  private FeatureMap features(NpyArray array) {
    return samples ? ArrayFeatures.sample(array) : ArrayFeatures.batch(array);
  }
}
