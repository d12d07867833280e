package io.batchnorm.job.kafka;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * Where the next run of a consumer group begins.
 *
 * <p>Flink commits offsets behind each checkpoint, and does not wait for the brokers to take them.
 * Those of a job that ends at once may be lost, and the next run would normalize all of its records
 * again.
 */
public final class CommittedOffsets {
  /** For each question, with all attempts. */
  private static final String TIMEOUT_MS = "15000";

  private CommittedOffsets() {}

  /**
   * Commits that everything before {@code ends} was read. An offset that is there already and
   * larger stays.
   *
   * @param ends by partition
   */
  public static void raise(KafkaConnection connection, String topic, Map<Integer, Long> ends)
      throws KafkaFaultException {
    Properties settings = connection.client();
    settings.setProperty("default.api.timeout.ms", TIMEOUT_MS);
    settings.setProperty("request.timeout.ms", TIMEOUT_MS);
    try (Admin admin = Admin.create(settings)) {
      String group = connection.name();
      Map<TopicPartition, OffsetAndMetadata> before =
          admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
      Map<TopicPartition, OffsetAndMetadata> raised = new HashMap<>();
      ends.forEach(
          (partition, end) -> {
            TopicPartition key = new TopicPartition(topic, partition);
            OffsetAndMetadata committed = before.get(key);
            if (end > (committed == null ? 0 : committed.offset())) {
              raised.put(key, new OffsetAndMetadata(end));
            }
          });
      if (!raised.isEmpty()) {
        admin.alterConsumerGroupOffsets(group, raised).all().get();
      }
    } catch (ExecutionException | KafkaException e) {
      throw KafkaFaultException.of(e, connection);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaFaultException("it was interrupted");
    }
  }
}
