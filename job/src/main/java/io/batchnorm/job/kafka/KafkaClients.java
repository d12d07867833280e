package io.batchnorm.job.kafka;

import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Makes the clients that a job will use, before it starts. A job that cannot make them tries for
 * minutes, as if a machine had died.
 */
public final class KafkaClients {
  /** For brokers to begin with transactions; the first of all makes them create a topic. */
  private static final String TRANSACTIONS_WITHIN_MS = "15000";

  private KafkaClients() {}

  /** Makes a consumer, which asks brokers nothing. */
  public static void checkConsumer(KafkaConnection connection) throws KafkaFaultException {
    Properties settings = connection.consumer();
    settings.setProperty("group.id", connection.name());
    ByteArrayDeserializer bytes = new ByteArrayDeserializer();
    try {
      new KafkaConsumer<>(settings, bytes, bytes).close();
    } catch (KafkaException e) {
      throw KafkaFaultException.of(e, connection);
    }
  }

  /**
   * Makes a producer. If the job will write transactions, brokers are asked whether it may, by a
   * transaction of its name that never begins.
   *
   * @param maxBytes the largest record that is written
   */
  public static void checkProducer(KafkaConnection connection, int maxBytes)
      throws KafkaFaultException {
    Properties settings = connection.producer(maxBytes);
    boolean transactions = connection.delivery() == Delivery.EXACTLY_ONCE;
    if (transactions) {
      settings.setProperty("transactional.id", connection.name() + "-check");
      settings.putIfAbsent("max.block.ms", TRANSACTIONS_WITHIN_MS);
    }
    ByteArraySerializer bytes = new ByteArraySerializer();
    try {
      KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(settings, bytes, bytes);
      try {
        if (transactions) {
          producer.initTransactions();
        }
      } finally {
        producer.close(Duration.ZERO);
      }
    } catch (KafkaException e) {
      throw transactions
          ? KafkaFaultException.ofTransactions(e, connection)
          : KafkaFaultException.of(e, connection);
    }
  }
}
