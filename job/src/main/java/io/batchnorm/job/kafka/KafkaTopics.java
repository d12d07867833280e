package io.batchnorm.job.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Looks at topics before a job starts, and makes those that are missing. */
public final class KafkaTopics implements AutoCloseable {
  /** For each question, with all attempts. */
  private static final String TIMEOUT_MS = "10000";

  /** Brokers tell one another of a new topic; that takes a moment. */
  private static final Duration KNOWN_WITHIN = Duration.ofSeconds(10);

  /** What brokers take unless they are told otherwise. */
  private static final int DEFAULT_MAX_MESSAGE_BYTES = 1_048_588;

  private final KafkaConnection connection;
  private final Admin admin;

  private KafkaTopics(KafkaConnection connection, Admin admin) {
    this.connection = connection;
    this.admin = admin;
  }

  /**
   * A client for that.
   *
   * @throws KafkaFaultException if its settings are impossible; brokers are asked later
   */
  public static KafkaTopics of(KafkaConnection connection) throws KafkaFaultException {
    Properties client = connection.client();
    client.setProperty("default.api.timeout.ms", TIMEOUT_MS);
    client.setProperty("request.timeout.ms", TIMEOUT_MS);
    try {
      return new KafkaTopics(connection, Admin.create(client));
    } catch (KafkaException e) {
      throw KafkaFaultException.of(e, connection);
    }
  }

  /** Those of the topics that are there, by name. */
  public Map<String, TopicInfo> describe(Collection<String> topics) throws KafkaFaultException {
    Map<String, TopicDescription> found = new HashMap<>();
    for (Map.Entry<String, KafkaFuture<TopicDescription>> entry :
        admin.describeTopics(topics).topicNameValues().entrySet()) {
      description(entry.getValue())
          .ifPresent(description -> found.put(entry.getKey(), description));
    }
    Map<String, TopicInfo> infos = new HashMap<>();
    for (TopicDescription description : found.values()) {
      infos.put(description.name(), info(description));
    }
    return infos;
  }

  private Optional<TopicDescription> description(KafkaFuture<TopicDescription> future)
      throws KafkaFaultException {
    try {
      return Optional.of(answer(future));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return Optional.empty();
      }
      throw KafkaFaultException.of(e, connection);
    }
  }

  private TopicInfo info(TopicDescription description) throws KafkaFaultException {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, description.name());
    int maxBytes = DEFAULT_MAX_MESSAGE_BYTES;
    boolean compacted = false;
    try {
      Config config = answer(admin.describeConfigs(List.of(resource)).values().get(resource));
      maxBytes = Integer.parseInt(config.get(TopicConfig.MAX_MESSAGE_BYTES_CONFIG).value());
      compacted = config.get(TopicConfig.CLEANUP_POLICY_CONFIG).value().contains("compact");
    } catch (ExecutionException e) {
      // A user may be allowed to write to a topic and not to see its settings.
      if (!(e.getCause() instanceof AuthorizationException)) {
        throw KafkaFaultException.of(e, connection);
      }
    }
    return new TopicInfo(description.name(), description.partitions().size(), maxBytes, compacted);
  }

  /**
   * Makes a topic, and comes back when brokers know it. One that somebody else made meanwhile is as
   * good.
   */
  public void create(TopicInfo topic) throws KafkaFaultException {
    Map<String, String> config =
        Map.of(
            TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
            Integer.toString(topic.maxMessageBytes()),
            TopicConfig.CLEANUP_POLICY_CONFIG,
            topic.compacted() ? "compact" : "delete");
    NewTopic wanted =
        new NewTopic(topic.name(), Optional.of(topic.partitions()), Optional.empty())
            .configs(config);
    try {
      answer(admin.createTopics(List.of(wanted)).all());
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw KafkaFaultException.of(e, connection);
      }
    }
  }

  private static <T> T answer(KafkaFuture<T> future)
      throws ExecutionException, KafkaFaultException {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaFaultException("it was interrupted");
    }
  }

  /** Returns as soon as topics that were just made can be written to. */
  public void await(Collection<String> topics) throws KafkaFaultException {
    long deadline = System.nanoTime() + KNOWN_WITHIN.toNanos();
    do {
      Map<String, TopicInfo> found = describe(topics);
      if (found.size() == topics.size() && haveLeaders(found.values())) {
        return;
      }
    } while (System.nanoTime() < deadline);
    throw new KafkaFaultException(
        "topics were made, and %d s later their brokers do not know all of %s; try again"
            .formatted(KNOWN_WITHIN.toSeconds(), topics));
  }

  /**
   * Whether leaders answer where their partitions end. A producer that writes earlier may have its
   * first records refused and later ones taken, after which its broker refuses the first for ever.
   * A broker may describe a topic before it or another one knows it well enough for that.
   */
  private boolean haveLeaders(Collection<TopicInfo> topics) throws KafkaFaultException {
    Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
    topics.forEach(topic -> ends.putAll(latest(topic)));
    try {
      answer(admin.listOffsets(ends).all());
      return true;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      throw KafkaFaultException.of(e, connection);
    }
  }

  /** Where a topic ends at this moment, by partition. */
  public Map<Integer, Long> ends(TopicInfo topic) throws KafkaFaultException {
    Map<Integer, Long> ends = new HashMap<>();
    try {
      answer(admin.listOffsets(latest(topic)).all())
          .forEach((partition, end) -> ends.put(partition.partition(), end.offset()));
    } catch (ExecutionException e) {
      throw KafkaFaultException.of(e, connection);
    }
    return ends;
  }

  /** The same of a topic that is still to be made. */
  public static Map<Integer, Long> endsOfNew(TopicInfo topic) {
    Map<Integer, Long> ends = new HashMap<>();
    for (int partition = 0; partition < topic.partitions(); partition++) {
      ends.put(partition, 0L);
    }
    return ends;
  }

  private static Map<TopicPartition, OffsetSpec> latest(TopicInfo topic) {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    for (int partition = 0; partition < topic.partitions(); partition++) {
      latest.put(new TopicPartition(topic.name(), partition), OffsetSpec.latest());
    }
    return latest;
  }

  @Override
  public void close() {
    admin.close(Duration.ZERO);
  }
}
