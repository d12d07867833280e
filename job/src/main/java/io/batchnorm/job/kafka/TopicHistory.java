package io.batchnorm.job.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads all that a topic holds at this moment. */
final class TopicHistory {
  private static final Duration POLL = Duration.ofMillis(500);

  /** If nothing comes for so long, nothing will. */
  private static final Duration STALLED = Duration.ofSeconds(15);

  private TopicHistory() {}

  /**
   * Reads every committed record, those of each partition in their order.
   *
   * @return by partition, where the history ends and what comes later begins
   */
  static Map<Integer, Long> read(
      KafkaConnection connection, String topic, Consumer<ConsumerRecord<byte[], byte[]>> each)
      throws KafkaFaultException {
    Properties settings = connection.consumer();
    settings.setProperty("enable.auto.commit", "false");
    // What was deleted while this reads is skipped, and nothing else.
    settings.setProperty("auto.offset.reset", "earliest");
    settings.setProperty("default.api.timeout.ms", Long.toString(STALLED.toMillis()));
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings, bytes, bytes)) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(topic).stream()
              .map(info -> new TopicPartition(topic, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      readTo(ends, consumer, each);
      Map<Integer, Long> byPartition = new TreeMap<>();
      ends.forEach((partition, end) -> byPartition.put(partition.partition(), end));
      return byPartition;
    } catch (KafkaException e) {
      throw KafkaFaultException.of(e, connection);
    }
  }

  private static void readTo(
      Map<TopicPartition, Long> ends,
      KafkaConsumer<byte[], byte[]> consumer,
      Consumer<ConsumerRecord<byte[], byte[]>> each)
      throws KafkaFaultException {
    long before = -1;
    long progress = System.nanoTime();
    while (ends.entrySet().stream().anyMatch(e -> consumer.position(e.getKey()) < e.getValue())) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
        // What comes while this reads is left to those who follow.
        if (record.offset() < ends.get(new TopicPartition(record.topic(), record.partition()))) {
          each.accept(record);
        }
      }
      long position = ends.keySet().stream().mapToLong(consumer::position).sum();
      if (position != before) {
        before = position;
        progress = System.nanoTime();
      } else if (System.nanoTime() - progress > STALLED.toNanos()) {
        throw new KafkaFaultException("reading stopped before the end, at " + position);
      }
    }
  }
}
