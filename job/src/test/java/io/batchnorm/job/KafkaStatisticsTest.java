package io.batchnorm.job;

import static io.batchnorm.job.TopicRecords.byId;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.exchange.NpyReader;
import io.batchnorm.job.cluster.KafkaBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Statistics that a topic holds when a run starts. */
@Timeout(120)
class KafkaStatisticsTest {
  @RegisterExtension static final KafkaBroker BROKER = KafkaBroker.open();

  private final KafkaTopicsOfTest topics = KafkaTopicsOfTest.on(BROKER);

  @Test
  void theNewestVersionOfEachKeyCountsWhateverElseTheTopicHas() throws Exception {
    String learned = topics.compacted("learned", 1);
    BROKER.send(
        List.of(
            StatisticsVersions.record(learned, "a", 5, ""),
            StatisticsVersions.record(learned, "a", 3, ""),
            StatisticsVersions.record(learned, "b", 9, ""),
            StatisticsVersions.record(learned, "b", 2, ",\"reset\":true"),
            StatisticsVersions.record(learned, "c", 4, ""),
            new ProducerRecord<>(learned, "c".getBytes(UTF_8), null),
            StatisticsVersions.record(learned, "d", 4, ""),
            new ProducerRecord<>(learned, "d".getBytes(UTF_8), null),
            StatisticsVersions.record(learned, "d", 1, ""),
            record(learned, "a", "no statistics"),
            record(learned, "e", StatisticsVersions.json("a", 8, ""))));

    Map<String, String> rejected = serves(learned, Map.of("a", 5, "b", 2, "d", 1), "c");

    assertThat(rejected)
        .isEqualTo(
            Map.of(
                learned + "/0/9",
                "malformed_statistics",
                learned + "/0/10",
                "malformed_statistics",
                "c",
                "no_statistics"));
  }

  /** The end of the topic is then behind its last record. */
  @Test
  void whatWasAbortedIsNotWaitedForAndNotRead() throws Exception {
    String learned = topics.compacted("learned", 2);
    BROKER.send(List.of(StatisticsVersions.record(learned, "a", 5, "")));
    try (Producer<byte[], byte[]> producer = BROKER.producer(Map.of("transactional.id", learned))) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(StatisticsVersions.record(learned, "a", 6, ""));
      producer.send(StatisticsVersions.record(learned, "b", 6, ""));
      producer.flush();
      producer.abortTransaction();
    }

    Map<String, String> rejected = serves(learned, Map.of("a", 5), "b");

    assertThat(rejected).isEqualTo(Map.of("b", "no_statistics"));
  }

  @Test
  void aTopicFromWhichOldVersionsWereCompactedAwayIsReadToItsEnd() throws Exception {
    Map<String, String> atOnce =
        Map.of(
            "cleanup.policy", "compact", "segment.ms", "1", "min.cleanable.dirty.ratio", "0.001");
    String learned = topics.create("learned", 1, atOnce);
    BROKER.send(
        List.of(
            StatisticsVersions.record(learned, "a", 1, ""),
            StatisticsVersions.record(learned, "b", 7, "")));
    int versions = 1;
    while (BROKER.readCommitted(learned).get(0).offset() == 0) {
      versions++;
      BROKER.send(List.of(StatisticsVersions.record(learned, "a", versions, "")));
    }

    Map<String, String> rejected = serves(learned, Map.of("a", versions, "b", 7), "c");

    assertThat(rejected).isEqualTo(Map.of("c", "no_statistics"));
  }

  @Test
  void aTopicThatIsNotCompactedIsWrittenToAndSaid() {
    String in = topics.create("in", 1);
    String learned = topics.create("learned", 1);

    Outcome outcome =
        topics.run(
            "--input=kafka:" + in,
            "--output=none",
            "--statistics-stream=kafka:" + learned,
            "--bounded",
            "--parallelism=1");

    assertThat(outcome.status()).isZero();
    assertThat(outcome.err())
        .isEqualTo(
            "batchnorm run: --statistics-stream: topic %s is not compacted, so statistics of keys"
                    .formatted(learned)
                + " that fall silent will be deleted after a while; set its"
                + " cleanup.policy=compact\n");
  }

  /**
   * A run to the end with one batch for each key.
   *
   * @param versions by which those of its key must be normalized
   * @param without a key that must be rejected
   * @return reasons of all that was rejected, by place, or by key for batches
   */
  private Map<String, String> serves(String learned, Map<String, Integer> versions, String without)
      throws Exception {
    String in = topics.create("in", 2);
    String out = topics.create("out", 1);
    String rejected = topics.create("rejected", 1);
    List<String> keys = new ArrayList<>(versions.keySet());
    keys.add(without);
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (String key : keys) {
      FeatureMap batch = TopicRecords.random(key, "1", 3, 2);
      records.add(TopicRecords.npy(in, key, "1", batch.values(), batch.shape()));
    }
    BROKER.send(records);

    topics
        .run(
            "--mode=eval",
            "--input=kafka:" + in,
            "--output=kafka:" + out,
            "--rejected=kafka:" + rejected,
            "--statistics-from=kafka:" + learned,
            "--bounded",
            "--parallelism=2")
        .succeeded();

    Map<String, ConsumerRecord<byte[], byte[]>> written = byId(BROKER.readCommitted(out));
    assertThat(written).hasSize(versions.size());
    EagerModel model = new EagerModel();
    for (Map.Entry<String, Integer> version : versions.entrySet()) {
      String key = version.getKey();
      model.load(key, StatisticsVersions.of(version.getValue()));
      assertThat(NpyReader.read(written.get(key + "/1").value(), key).values())
          .as(key)
          .isEqualTo(model.eval(key, TopicRecords.random(key, "1", 3, 2)));
    }
    return reasons(rejected);
  }

  private static Map<String, String> reasons(String topic) throws Exception {
    Map<String, String> reasons = new TreeMap<>();
    for (ConsumerRecord<byte[], byte[]> record : BROKER.readCommitted(topic)) {
      JsonNode row = new JsonMapper().readTree(record.value());
      String name =
          row.has("topic")
              ? row.get("topic").textValue() + "/" + row.get("partition") + "/" + row.get("offset")
              : row.get("key").textValue();
      assertThat(reasons.put(name, row.get("reason").textValue())).as(name).isNull();
    }
    return reasons;
  }

  private static ProducerRecord<byte[], byte[]> record(String topic, String key, String value) {
    return TopicRecords.record(topic, key, null, value.getBytes(UTF_8));
  }
}
