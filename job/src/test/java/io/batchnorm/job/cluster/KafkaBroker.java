package io.batchnorm.job.cluster;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.flink.util.FileUtils;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A Kafka broker of one node inside this JVM, on a port of 127.0.0.1 that stays the same when it is
 * stopped and started.
 *
 * <p>As a static {@code @RegisterExtension} it runs from before the first test of a class to after
 * the last. Topics must be created; records of 64 MiB pass unless a topic's {@code
 * max.message.bytes} says less.
 */
public final class KafkaBroker implements BeforeAllCallback, AfterAllCallback, AutoCloseable {
  private static final String MAX_BYTES = Integer.toString(64 << 20);
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final int port = FreePorts.next();
  private final int controllerPort = FreePorts.next();
  private final String user;
  private final String password;
  private Path folder;
  private KafkaRaftServer server;

  private KafkaBroker(String user, String password) {
    this.user = user;
    this.password = password;
  }

  /** Anybody may connect. */
  public static KafkaBroker open() {
    return new KafkaBroker(null, null);
  }

  /** Only this user may connect, by {@code SASL_PLAINTEXT} and {@code PLAIN}. */
  public static KafkaBroker withPassword(String user, String password) {
    return new KafkaBroker(user, password);
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    start();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    close();
  }

  /** Returns when clients can write. After {@link #stop} everything it kept is there again. */
  public void start() {
    try {
      if (folder == null) {
        folder = Files.createTempDirectory("kafka");
        format();
      }
      server = new KafkaRaftServer(KafkaConfig.fromProps(settings()), Time.SYSTEM);
      server.startup();
      awaitLeaders();
    } catch (Exception e) {
      throw new IllegalStateException("the broker does not start", e);
    }
  }

  /**
   * A broker that comes back says that it leads its partitions before it does. An idempotent
   * producer that writes meanwhile may have its first batches refused and the next ones taken; then
   * it tries the first ones in vain until their time is over.
   */
  private void awaitLeaders() {
    try (Admin admin = Admin.create(clientSettings())) {
      Set<String> topics =
          await(admin.listTopics(new ListTopicsOptions().listInternal(true)).names());
      Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
      await(admin.describeTopics(topics).allTopicNames())
          .forEach((topic, is) -> ends.putAll(endsOf(topic, is.partitions().size())));
      awaitLeaders(admin, ends);
    }
  }

  /** Returns when its port is closed. */
  public void stop() {
    server.shutdown();
    server.awaitShutdown();
    server = null;
  }

  /** Stops it, if it runs, and removes what it kept. */
  @Override
  public void close() {
    if (server != null) {
      stop();
    }
    if (folder != null) {
      FileUtils.deleteDirectoryQuietly(folder.toFile());
      folder = null;
    }
  }

  /** Its address, {@code bootstrap.servers} of a client. */
  public String bootstrap() {
    return "127.0.0.1:" + port;
  }

  /** What a client needs to connect, as the user if there is one. */
  public Map<String, Object> clientSettings() {
    Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", bootstrap()));
    if (user != null) {
      settings.put("security.protocol", "SASL_PLAINTEXT");
      settings.put("sasl.mechanism", "PLAIN");
      settings.put("sasl.jaas.config", login() + ";");
    }
    return settings;
  }

  /** Returns when the topic can be written to. */
  public void createTopic(String name, int partitions, Map<String, String> config) {
    try (Admin admin = Admin.create(clientSettings())) {
      await(
          admin
              .createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(config)))
              .all());
      awaitLeaders(admin, endsOf(name, partitions));
    }
  }

  private static Map<TopicPartition, OffsetSpec> endsOf(String topic, int partitions) {
    return IntStream.range(0, partitions)
        .boxed()
        .collect(
            Collectors.toMap(
                partition -> new TopicPartition(topic, partition),
                partition -> OffsetSpec.latest()));
  }

  /** The controller knows a new topic before the broker does; Kafka's client does not ask again. */
  private static void awaitLeaders(Admin admin, Map<TopicPartition, OffsetSpec> ends) {
    Instant deadline = Instant.now().plus(DEADLINE);
    while (true) {
      try {
        await(admin.listOffsets(ends).all());
        return;
      } catch (IllegalStateException e) {
        boolean unknown = e.getCause() instanceof UnknownTopicOrPartitionException;
        if (!unknown || Instant.now().isAfter(deadline)) {
          throw e;
        }
      }
    }
  }

  /**
   * Returns when the broker has all of them. A record without a partition goes where its key says,
   * by Kafka's own partitioner (murmur2).
   *
   * @throws IllegalStateException if one of them was refused
   */
  public void send(List<ProducerRecord<byte[], byte[]>> records) {
    try (Producer<byte[], byte[]> producer = producer(Map.of())) {
      List<Future<RecordMetadata>> sent = records.stream().map(producer::send).toList();
      producer.flush();
      sent.forEach(KafkaBroker::await);
    }
  }

  /** For records of any size that the broker takes, with more settings such as a transaction. */
  public Producer<byte[], byte[]> producer(Map<String, Object> more) {
    Map<String, Object> settings = clientSettings();
    settings.put("acks", "all");
    settings.put("max.request.size", MAX_BYTES);
    settings.put("buffer.memory", Integer.toString(128 << 20));
    settings.putAll(more);
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /**
   * What is in a topic now, in the order of offsets for each partition. Neither aborted records are
   * in it, nor anything behind the first record of a transaction that is still open.
   */
  public List<ConsumerRecord<byte[], byte[]>> readCommitted(String topic) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumerFromStart(topic)) {
      Map<TopicPartition, Long> ends = consumer.endOffsets(consumer.assignment());
      return readUntil(
          consumer,
          records -> ends.entrySet().stream().allMatch(e -> reached(consumer, e)),
          DEADLINE);
    }
  }

  /**
   * The same from the start, but waits for what is still to come.
   *
   * @throws AssertionError if by the deadline {@code enough} does not hold of what was read
   */
  public List<ConsumerRecord<byte[], byte[]>> awaitCommitted(
      String topic, Predicate<List<ConsumerRecord<byte[], byte[]>>> enough, Duration deadline) {
    try (KafkaConsumer<byte[], byte[]> consumer = consumerFromStart(topic)) {
      return readUntil(consumer, enough, deadline);
    }
  }

  /** Where a consumer group goes on in a topic, for each partition in which it has ever been. */
  public Map<Integer, Long> committedOffsets(String group, String topic) {
    Map<Integer, Long> offsets = new HashMap<>();
    try (Admin admin = Admin.create(clientSettings())) {
      await(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata())
          .forEach(
              (partition, offset) -> {
                if (partition.topic().equals(topic)) {
                  offsets.put(partition.partition(), offset.offset());
                }
              });
    }
    return offsets;
  }

  private static List<ConsumerRecord<byte[], byte[]>> readUntil(
      KafkaConsumer<byte[], byte[]> consumer,
      Predicate<List<ConsumerRecord<byte[], byte[]>>> enough,
      Duration deadline) {
    Instant end = Instant.now().plus(deadline);
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    while (!enough.test(records)) {
      if (Instant.now().isAfter(end)) {
        throw new AssertionError(
            "only %d records came from %s in %s"
                .formatted(records.size(), consumer.assignment(), deadline));
      }
      consumer.poll(Duration.ofMillis(100)).forEach(records::add);
    }
    return records;
  }

  private KafkaConsumer<byte[], byte[]> consumerFromStart(String topic) {
    Map<String, Object> settings = clientSettings();
    settings.put("isolation.level", "read_committed");
    settings.put("enable.auto.commit", "false");
    settings.put("allow.auto.create.topics", "false");
    settings.put("fetch.max.bytes", MAX_BYTES);
    settings.put("max.partition.fetch.bytes", MAX_BYTES);
    settings.put("fetch.max.wait.ms", "100");
    KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    return consumer;
  }

  private static boolean reached(
      KafkaConsumer<byte[], byte[]> consumer, Map.Entry<TopicPartition, Long> end) {
    return consumer.position(end.getKey()) >= end.getValue();
  }

  private static <T> T await(Future<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("the broker refused it", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void format() throws Exception {
    new Formatter()
        .setPrintStream(new PrintStream(OutputStream.nullOutputStream()))
        .setNodeId(1)
        .setClusterId(Uuid.randomUuid().toString())
        .setControllerListenerName("CONTROLLER")
        .setReleaseVersion(MetadataVersion.latestProduction())
        .setMetadataLogDirectory(folder.toString())
        .addDirectory(folder.toString())
        .run();
  }

  private Properties settings() {
    String listener = "CLIENTS://" + bootstrap();
    String controller = "127.0.0.1:" + controllerPort;
    Properties settings = new Properties();
    settings.putAll(
        Map.of(
            "process.roles",
            "broker,controller",
            "node.id",
            "1",
            "controller.quorum.voters",
            "1@" + controller,
            "listeners",
            listener + ",CONTROLLER://" + controller,
            "advertised.listeners",
            listener,
            "controller.listener.names",
            "CONTROLLER",
            "inter.broker.listener.name",
            "CLIENTS",
            "listener.security.protocol.map",
            "CLIENTS:%s,CONTROLLER:PLAINTEXT"
                .formatted(user == null ? "PLAINTEXT" : "SASL_PLAINTEXT"),
            "log.dirs",
            folder.toString(),
            "auto.create.topics.enable",
            "false"));
    settings.putAll(
        Map.of(
            "message.max.bytes", MAX_BYTES,
            "replica.fetch.max.bytes", MAX_BYTES,
            "log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20),
            "log.cleaner.backoff.ms", "500",
            "offsets.topic.num.partitions", "1",
            "offsets.topic.replication.factor", "1",
            "transaction.state.log.num.partitions", "3",
            "transaction.state.log.replication.factor", "1",
            "transaction.state.log.min.isr", "1",
            "group.initial.rebalance.delay.ms", "0"));
    if (user != null) {
      settings.put("sasl.enabled.mechanisms", "PLAIN");
      settings.put("sasl.mechanism.inter.broker.protocol", "PLAIN");
      settings.put(
          "listener.name.clients.plain.sasl.jaas.config",
          "%s user_%s=\"%s\";".formatted(login(), user, password));
    }
    return settings;
  }

  private String login() {
    return "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"%s\" password=\"%s\""
        .formatted(user, password);
  }
}
