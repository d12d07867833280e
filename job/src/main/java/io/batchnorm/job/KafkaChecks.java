package io.batchnorm.job;

import io.batchnorm.job.kafka.Delivery;
import io.batchnorm.job.kafka.Format;
import io.batchnorm.job.kafka.KafkaClients;
import io.batchnorm.job.kafka.KafkaConnection;
import io.batchnorm.job.kafka.KafkaFaultException;
import io.batchnorm.job.kafka.KafkaTopics;
import io.batchnorm.job.kafka.TopicInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Checks the options about topics, and asks the brokers whether the topics can be used. */
final class KafkaChecks {
  private static final int DEFAULT_MAX_BYTES = (1 << 25) + (1 << 16);

  /** Java arrays and Kafka's own lengths end at 2 GiB; a record is copied a few times. */
  private static final int LARGEST_MAX_BYTES = 1 << 29;

  /** A rejected record has a key, an id and a message, which JSON may write six times as long. */
  private static final int MIN_REJECTED_BYTES = 100_000;

  private static final int MAX_PARTITIONS = 10_000;
  private static final String BOOTSTRAP = "bootstrap.servers";

  private final KafkaCommandOptions given;
  private final List<String> faults;
  private final List<TopicInfo> missing = new ArrayList<>();
  private Map<Integer, Long> inputEnds;
  private final List<String> notes = new ArrayList<>();

  /**
   * @param faults to which the faults are added
   */
  KafkaChecks(KafkaCommandOptions given, List<String> faults) {
    this.given = given;
    this.faults = faults;
  }

  /**
   * The options, empty if no topic is used or something is wrong.
   *
   * @param meant whether any URI is that of a topic, though perhaps an impossible one
   * @param name of the job among those that share the brokers, unless the settings say group.id
   */
  Optional<KafkaOptions> check(List<TopicUse> uses, boolean meant, String name) {
    if (uses.isEmpty()) {
      if (!meant) {
        checkUnused();
      }
      return Optional.empty();
    }
    int before = faults.size();
    Optional<KafkaConnection> connection = connection(name);
    int maxBytes = maxBytes();
    checkBounded(uses);
    checkDistinct(uses);
    checkPartitions();
    if (faults.size() > before) {
      return Optional.empty();
    }
    Map<String, TopicInfo> topics = topics(connection.orElseThrow(), uses, maxBytes);
    if (faults.size() > before) {
      return Optional.empty();
    }
    Format format = given.format == null ? Format.NPY : given.format;
    return Optional.of(
        new KafkaOptions(
            connection.orElseThrow(),
            format,
            inputEnds,
            maxBytes,
            topics,
            List.copyOf(missing),
            List.copyOf(notes)));
  }

  private void checkUnused() {
    if (given.firstGiven() != null) {
      faults.add(
          "%s is for topics, and none of the options names kafka:TOPIC"
              .formatted(given.firstGiven()));
    }
  }

  private Optional<KafkaConnection> connection(String name) {
    Optional<Map<String, String>> properties = properties();
    Delivery delivery = given.delivery();
    if (delivery == null) {
      faults.add(
          "--delivery is \"%s\", wanted exactly-once or at-least-once".formatted(given.delivery));
    }
    String bootstrap =
        given.bootstrap == null
            ? properties.map(settings -> settings.get(BOOTSTRAP)).orElse(null)
            : given.bootstrap;
    if (bootstrap == null || bootstrap.isBlank()) {
      faults.add("--kafka-bootstrap is missing, topics want the HOST:PORT of a broker");
      return Optional.empty();
    }
    return properties.map(
        settings ->
            new KafkaConnection(
                bootstrap, settings, delivery, settings.getOrDefault("group.id", name)));
  }

  private Optional<Map<String, String>> properties() {
    if (given.properties == null) {
      return Optional.of(Map.of());
    }
    Optional<Path> file = Location.path("--kafka-properties", given.properties, faults);
    return file.flatMap(path -> KafkaProperties.read(path, faults));
  }

  private int maxBytes() {
    int maxBytes = given.maxBytes == null ? DEFAULT_MAX_BYTES : given.maxBytes;
    if (maxBytes < 1 || maxBytes > LARGEST_MAX_BYTES) {
      faults.add("--kafka-max-bytes is %d, wanted 1 to %d".formatted(maxBytes, LARGEST_MAX_BYTES));
    }
    return maxBytes;
  }

  private void checkBounded(List<TopicUse> uses) {
    if (given.bounded && uses.stream().noneMatch(use -> use.role() == TopicUse.Role.INPUT)) {
      faults.add("--bounded is for --input kafka:TOPIC, other inputs have an end");
    }
  }

  /** What a job reads it must not write, and two outputs in one topic cannot be told apart. */
  private void checkDistinct(List<TopicUse> uses) {
    for (int i = 0; i < uses.size(); i++) {
      for (TopicUse other : uses.subList(i + 1, uses.size())) {
        if (uses.get(i).topic().equals(other.topic())) {
          faults.add(
              "%s and %s are both kafka:%s, wanted topics of their own"
                  .formatted(uses.get(i).role().option(), other.role().option(), other.topic()));
        }
      }
    }
  }

  private void checkPartitions() {
    Integer partitions = given.createTopics;
    if (partitions != null && (partitions < 1 || partitions > MAX_PARTITIONS)) {
      faults.add(
          "--kafka-create-topics is %d, wanted 1 to %d partitions"
              .formatted(partitions, MAX_PARTITIONS));
    }
  }

  private Map<String, TopicInfo> topics(
      KafkaConnection connection, List<TopicUse> uses, int maxBytes) {
    int before = faults.size();
    try (KafkaTopics topics = KafkaTopics.of(connection)) {
      Map<String, TopicInfo> found = described(topics, uses, maxBytes);
      uses.forEach(use -> checkTopic(use, found.get(use.topic()), connection));
      if (faults.size() == before) {
        checkClients(connection, uses, found);
        inputEnds = given.bounded ? inputEnds(topics, uses, found) : null;
      }
      return found;
    } catch (KafkaFaultException e) {
      faults.add("kafka: " + e.getMessage());
      return Map.of();
    }
  }

  private Map<Integer, Long> inputEnds(
      KafkaTopics topics, List<TopicUse> uses, Map<String, TopicInfo> found)
      throws KafkaFaultException {
    TopicUse input =
        uses.stream().filter(use -> use.role() == TopicUse.Role.INPUT).findFirst().orElseThrow();
    TopicInfo topic = found.get(input.topic());
    return missing.contains(topic) ? KafkaTopics.endsOfNew(topic) : topics.ends(topic);
  }

  private static void checkClients(
      KafkaConnection connection, List<TopicUse> uses, Map<String, TopicInfo> topics)
      throws KafkaFaultException {
    if (uses.stream().anyMatch(use -> !use.role().isWritten())) {
      KafkaClients.checkConsumer(connection);
    }
    OptionalInt largest =
        uses.stream()
            .filter(use -> use.role().isWritten())
            .mapToInt(use -> topics.get(use.topic()).maxMessageBytes())
            .max();
    if (largest.isPresent()) {
      KafkaClients.checkProducer(connection, largest.getAsInt());
    }
  }

  /** Those that are there, and those that are to be made. */
  private Map<String, TopicInfo> described(KafkaTopics topics, List<TopicUse> uses, int maxBytes)
      throws KafkaFaultException {
    Map<String, TopicInfo> found = topics.describe(uses.stream().map(TopicUse::topic).toList());
    if (given.createTopics != null) {
      for (TopicUse use : uses) {
        if (!found.containsKey(use.topic())) {
          TopicInfo wanted = use.wanted(given.createTopics, recordBytes(maxBytes));
          found.put(use.topic(), wanted);
          missing.add(wanted);
        }
      }
    }
    return found;
  }

  /** As much as the largest input may become; JSON takes up to 16 bytes for 4. */
  private int recordBytes(int maxBytes) {
    long grown = given.format == Format.JSON ? 4L * maxBytes : maxBytes;
    return (int) Math.min(grown + (1 << 20), Integer.MAX_VALUE - 64);
  }

  private void checkTopic(TopicUse use, TopicInfo topic, KafkaConnection connection) {
    String option = use.role().option();
    if (topic == null) {
      faults.add(
          "%s: there is no topic %s on %s; create it, or give --kafka-create-topics N"
              .formatted(option, use.topic(), connection.bootstrap()));
    } else if (use.role() == TopicUse.Role.CONTROL && topic.partitions() != 1) {
      faults.add(
          "%s: topic %s has %d partitions, wanted 1, which keeps the commands in order"
              .formatted(option, use.topic(), topic.partitions()));
    } else if (use.role() == TopicUse.Role.REJECTED
        && topic.maxMessageBytes() < MIN_REJECTED_BYTES) {
      faults.add(
          "%s: topic %s takes %,d bytes, wanted %,d or more for keys, ids and messages; raise its max.message.bytes"
              .formatted(option, use.topic(), topic.maxMessageBytes(), MIN_REJECTED_BYTES));
    } else if (use.role() == TopicUse.Role.STATISTICS && !topic.compacted()) {
      notes.add(
          ("%s: topic %s is not compacted, so statistics of keys that fall silent will be deleted"
                  + " after a while; set its cleanup.policy=compact")
              .formatted(option, use.topic()));
    }
  }

  /** The name of a job that reads one location and writes another. */
  static String jobName(String mode, Location input, Location output) {
    List<String> parts = new ArrayList<>(List.of("batchnorm", mode.toLowerCase(Locale.ROOT)));
    for (Location location : new Location[] {input, output}) {
      parts.add(location == null || !location.isTopic() ? "files" : location.topic());
    }
    return String.join("-", parts);
  }
}
