package io.batchnorm.job;

import static io.batchnorm.job.TopicRecords.byId;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.job.cluster.FlinkProcesses;
import io.batchnorm.job.cluster.FlinkRest;
import io.batchnorm.job.cluster.KafkaBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Real records through a job over topics, and what an unbroken run of them writes. Topics are
 * {@code NAME-in}, {@code NAME-out}, {@code NAME-statistics} and {@code NAME-rejected}.
 */
final class TopicStory {
  static final int ALL = RealRecords.READINGS + RealRecords.IMAGES;
  private static final int BATCHES = ALL / RealRecords.BATCH;
  private static final Duration DEADLINE = Duration.ofSeconds(120);
  private static final String UNBROKEN = "unbroken";

  private final KafkaBroker broker;
  private final List<ProducerRecord<byte[], byte[]>> records;
  private Map<String, String> expected;
  private Map<String, List<String>> expectedStatistics;

  private TopicStory(KafkaBroker broker) throws IOException {
    this.broker = broker;
    this.records = RealRecords.mixed("unused");
  }

  /** With the unbroken run, on an embedded cluster. */
  static TopicStory on(KafkaBroker broker) throws IOException {
    TopicStory story = new TopicStory(broker);
    story.createTopics(UNBROKEN);
    story.send(UNBROKEN, 0, ALL);
    List<String> arguments = story.arguments(UNBROKEN, UNBROKEN);
    arguments.addAll(List.of("--bounded", "--parallelism=2"));

    Outcome outcome = Outcome.of(arguments);

    assertThat(outcome.succeeded().counts()).startsWith("normalized 52,000 records");
    story.expected = story.written(UNBROKEN);
    story.expectedStatistics = story.statistics(UNBROKEN);
    // At its end, which a stream does not have, every key says once more what it knows.
    story.expectedStatistics.values().forEach(all -> all.remove(all.size() - 1));
    assertThat(story.expectedStatistics.values().stream().mapToInt(List::size).sum())
        .isEqualTo(BATCHES);
    return story;
  }

  void createTopics(String name) {
    broker.createTopic(name + "-in", 3, Map.of());
    createOutputs(name);
  }

  void createOutputs(String name) {
    broker.createTopic(name + "-out", 3, Map.of());
    broker.createTopic(name + "-statistics", 2, Map.of("cleanup.policy", "compact"));
    broker.createTopic(name + "-rejected", 1, Map.of());
  }

  private List<String> arguments(String in, String out) {
    return new ArrayList<>(
        List.of(
            "run",
            "--kafka-bootstrap=" + broker.bootstrap(),
            "--input=kafka:" + in + "-in",
            "--output=kafka:" + out + "-out",
            "--statistics-stream=kafka:" + out + "-statistics",
            "--statistics-interval=1",
            "--rejected=kafka:" + out + "-rejected",
            "--batch-size=" + RealRecords.BATCH));
  }

  /** Puts some of the records into the topic, in their order. */
  void send(String name, int from, int to) {
    broker.send(
        records.subList(from, to).stream()
            .map(
                record ->
                    new ProducerRecord<>(
                        name + "-in", null, null, record.key(), record.value(), record.headers()))
            .toList());
  }

  /** Value and headers of every record by its id, each of which must be there once. */
  Map<String, String> written(String name) {
    Map<String, String> written = new TreeMap<>();
    byId(broker.readCommitted(name + "-out")).forEach((id, r) -> written.put(id, text(r)));
    return written;
  }

  private static String text(ConsumerRecord<byte[], byte[]> record) {
    return HexFormat.of().formatHex(record.value()) + Arrays.toString(record.headers().toArray());
  }

  /** What each key said, in its order. */
  private Map<String, List<String>> statistics(String name) {
    Map<String, List<String>> byKey = new TreeMap<>();
    for (ConsumerRecord<byte[], byte[]> record : broker.readCommitted(name + "-statistics")) {
      byKey
          .computeIfAbsent(TopicRecords.key(record), key -> new ArrayList<>())
          .add(new String(record.value(), UTF_8));
    }
    return byKey;
  }

  /** Starts the job on the cluster; returns when all its tasks run. */
  String submit(
      FlinkProcesses cluster,
      String in,
      String out,
      Path folder,
      List<String> flinkOptions,
      String... more) {
    List<String> arguments = arguments(in, out);
    arguments.add("--checkpoint-dir=" + folder.resolve("checkpoints"));
    arguments.add("--checkpoint-interval=400ms");
    arguments.addAll(List.of(more));
    String job = cluster.submit(flinkOptions, arguments.toArray(new String[0])).jobId();
    FlinkRest rest = cluster.rest();
    rest.awaitRunning(job);
    return job;
  }

  int committed(String name) {
    return broker.readCommitted(name + "-out").size();
  }

  void awaitCommitted(String name, int records) {
    broker.awaitCommitted(name + "-out", read -> read.size() >= records, DEADLINE);
  }

  /** Returns when everything has been written at least once. */
  void awaitAll(String name) {
    awaitCommitted(name, ALL);
    broker.awaitCommitted(name + "-statistics", read -> read.size() >= BATCHES, DEADLINE);
  }

  void assertSameAsUnbroken(String name) {
    assertSameAsUnbroken(name, written(name));
    assertThat(statistics(name).equals(expectedStatistics)).as("the same statistics").isTrue();
    assertThat(broker.readCommitted(name + "-rejected")).isEmpty();
  }

  void assertSameAsUnbroken(String name, Map<String, String> written) {
    assertThat(written.keySet()).as(name).isEqualTo(expected.keySet());
    assertThat(written.equals(expected)).as("the same bytes of %s", name).isTrue();
  }
}
