package io.batchnorm.job.kafka;

import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.TransactionNamingStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;

/**
 * A topic to write to.
 *
 * @param topic must be there
 * @param maxBytes of its records, {@code max.message.bytes}
 */
public record KafkaOutput(KafkaConnection connection, String topic, int maxBytes) {

  /**
   * Normalized batches or samples, by their key.
   *
   * @param timestamped whether records get the event time of their input, else the time of writing
   */
  public void normalized(
      DataStream<NormalizedBatch> stream, Format format, boolean samples, boolean timestamped) {
    write(stream, new NormalizedRecords(topic, format, samples, timestamped), "output");
  }

  /** Batches or samples as they are, for a job that normalizes them. */
  public void features(
      DataStream<FeatureBatch> stream, Format format, boolean samples, boolean timestamped) {
    write(stream, new FeatureWriter(topic, format, samples, timestamped), "feed");
  }

  /** Rejected records, by the key of their input. */
  public void rejected(DataStream<RejectedRecord> stream) {
    write(stream, new RejectedRecords(topic), "rejected");
  }

  /** Statistics, by key: a compacted topic keeps the last of each. */
  public void statistics(DataStream<KeyStatistics> stream) {
    write(stream, new StatisticsRecords(topic), "statistics-stream");
  }

  /**
   * Transactions that a failed job left open are found by their prefix and ended. Their names are
   * taken from a pool, so that brokers keep few of them.
   */
  private <T> void write(
      DataStream<T> stream, KafkaRecordSerializationSchema<T> records, String name) {
    KafkaSink<T> sink =
        KafkaSink.<T>builder()
            .setBootstrapServers(connection.bootstrap())
            .setKafkaProducerConfig(connection.producer(maxBytes))
            .setDeliveryGuarantee(connection.delivery().guarantee())
            .setTransactionalIdPrefix("%s-%s-%s".formatted(connection.name(), name, topic))
            .setTransactionNamingStrategy(TransactionNamingStrategy.POOLING)
            .setRecordSerializer(records)
            .build();
    stream.sinkTo(sink).uid(name + "-kafka").name(name).setParallelism(stream.getParallelism());
  }
}
