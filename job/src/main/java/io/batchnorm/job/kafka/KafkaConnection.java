package io.batchnorm.job.kafka;

import java.io.Serializable;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * How a job talks to its brokers.
 *
 * @param bootstrap some of them, {@code HOST:PORT,HOST:PORT}
 * @param properties of all clients, among them secrets
 * @param delivery of everything written
 * @param name of the job among those that share the brokers: its consumer group, and the prefix of
 *     its transactions. Two running jobs of one name would end each other's transactions
 */
public record KafkaConnection(
    String bootstrap, Map<String, String> properties, Delivery delivery, String name)
    implements Serializable {
  /** Brokers end transactions that are older than this, and refuse longer ones by default. */
  private static final String TRANSACTION_TIMEOUT_MS = "900000";

  private static final int MIN_BUFFER_BYTES = 1 << 25;

  public KafkaConnection {
    properties = new TreeMap<>(properties);
  }

  /** What every client is told. */
  Properties client() {
    Properties client = new Properties();
    client.putAll(properties);
    client.setProperty("bootstrap.servers", bootstrap);
    return client;
  }

  /** What a consumer is told: it sees no record of a transaction that failed or is under way. */
  Properties consumer() {
    Properties consumer = client();
    consumer.putIfAbsent("isolation.level", "read_committed");
    return consumer;
  }

  /**
   * What a producer is told.
   *
   * @param maxBytes the largest record its topic takes
   */
  Properties producer(int maxBytes) {
    Properties producer = client();
    producer.putIfAbsent("transaction.timeout.ms", TRANSACTION_TIMEOUT_MS);
    producer.setProperty("max.request.size", Integer.toString(maxBytes));
    long buffer = Math.max(MIN_BUFFER_BYTES, 2L * maxBytes);
    producer.setProperty("buffer.memory", Long.toString(buffer));
    return producer;
  }

  /** Without the properties: some are secret. */
  @Override
  public String toString() {
    return "KafkaConnection[%s, %s]".formatted(bootstrap, name);
  }
}
