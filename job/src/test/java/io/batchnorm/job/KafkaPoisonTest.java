package io.batchnorm.job;

import static io.batchnorm.job.TopicRecords.byId;
import static io.batchnorm.job.TopicRecords.header;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.NpyReader;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.cluster.KafkaBroker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** One record in a hundred is garbage. */
@Timeout(120)
class KafkaPoisonTest {
  @RegisterExtension static final KafkaBroker BROKER = KafkaBroker.open();

  private static final JsonMapper JSON = new JsonMapper();
  private static final int RECORDS = 1000;
  private static final int PARTITIONS = 3;
  private static final int KEYS = 7;

  @TempDir Path folder;
  private final KafkaTopicsOfTest topics = KafkaTopicsOfTest.on(BROKER);
  private final EagerModel model = new EagerModel();
  private final Map<String, float[]> expected = new TreeMap<>();
  private final Map<String, String> reasons = new TreeMap<>();
  private final int[] offsets = new int[PARTITIONS];

  @Test
  void garbageAmongArraysIsRejectedWhereItLiesAndChangesNothingElse() throws Exception {
    String in = topics.create("in", PARTITIONS);
    send(in, TopicGarbage.npy(), false);

    ranRight(in, "npy");
  }

  @Test
  void garbageAmongJsonIsRejectedWhereItLiesAndChangesNothingElse() throws Exception {
    String in = topics.create("in", PARTITIONS);
    send(in, TopicGarbage.json(), true);

    ranRight(in, "json");
  }

  private void send(String topic, List<TopicGarbage> garbage, boolean json) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    int step = RECORDS / garbage.size();
    for (int i = 0; i < RECORDS; i++) {
      String key = "cam-" + i % KEYS;
      int partition = i % KEYS % PARTITIONS;
      if (i % step == step / 2 && i / step < garbage.size()) {
        TopicGarbage bad = garbage.get(i / step);
        records.add(bad.record(topic, partition));
        reasons.put(
            "%s/%d/%d".formatted(topic, partition, offsets[partition]++), bad.reason().code());
        continue;
      }
      String id = "b" + i;
      FeatureMap batch = TopicRecords.random(key, id, 2, 3, 2);
      ProducerRecord<byte[], byte[]> good =
          json
              ? TopicRecords.json(topic, key, id, batch)
              : TopicRecords.npy(topic, key, id, batch.values(), batch.shape());
      records.add(new ProducerRecord<>(topic, partition, good.key(), good.value(), good.headers()));
      offsets[partition]++;
      expected.put(key + "/" + id, model.train(key, batch));
    }
    BROKER.send(records);
  }

  /** Once with rejected records in a topic, and once in files. */
  private void ranRight(String in, String format) throws Exception {
    String out = topics.create("out", 2);
    String rejected = topics.create("rejected", 2, Map.of("max.message.bytes", "1048588"));
    Path learned = folder.resolve("learned.safetensors");

    Outcome toTopics =
        topics.run(
            "--input=kafka:" + in,
            "--output=kafka:" + out,
            "--rejected=kafka:" + rejected,
            "--statistics-out=" + learned,
            "--format=" + format,
            "--bounded",
            "--parallelism=2");
    Outcome toFiles =
        topics.run(
            "--input=kafka:" + in,
            "--output=none",
            "--rejected=jsonl:" + folder.resolve("rejected"),
            "--format=" + format,
            "--bounded",
            "--parallelism=1");

    String counts =
        "normalized %,d records (%,d values), rejected %d"
            .formatted(expected.size(), 12 * expected.size(), reasons.size());
    assertThat(toTopics.succeeded().counts()).isEqualTo(counts);
    assertThat(toFiles.succeeded().counts()).isEqualTo(counts);
    assertThat(reasonsOf(JsonRows.read(folder.resolve("rejected")))).isEqualTo(reasons);
    assertThat(reasonsOf(rows(rejected))).isEqualTo(reasons);
    checkOutputs(out, format);
    checkStatistics(learned);
  }

  private void checkOutputs(String out, String format) throws Exception {
    Map<String, ConsumerRecord<byte[], byte[]>> written = byId(BROKER.readCommitted(out));
    assertThat(written).containsOnlyKeys(expected.keySet());
    for (Map.Entry<String, float[]> entry : expected.entrySet()) {
      byte[] value = written.get(entry.getKey()).value();
      float[] values =
          format.equals("npy")
              ? NpyReader.read(value, entry.getKey()).values()
              : JsonRows.values(JSON.readTree(value));
      assertThat(values).as(entry.getKey()).isEqualTo(entry.getValue());
    }
  }

  private void checkStatistics(Path learned) throws Exception {
    Map<String, RunningStatistics> byKey = StatisticsFile.read(learned).byKey();
    assertThat(byKey).containsOnlyKeys(model.statistics().keySet());
    model
        .statistics()
        .forEach(
            (key, statistics) -> {
              assertThat(byKey.get(key).meanAsFloats()).isEqualTo(statistics.meanAsFloats());
              assertThat(byKey.get(key).varAsFloats()).isEqualTo(statistics.varAsFloats());
            });
  }

  /** Rejected records of a topic, whose headers say what their values say. */
  private static List<JsonNode> rows(String topic) throws Exception {
    List<JsonNode> rows = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : BROKER.readCommitted(topic)) {
      JsonNode row = JSON.readTree(record.value());
      String key = row.get("key").textValue();
      assertThat(record.key()).isEqualTo(key.isEmpty() ? null : key.getBytes(UTF_8));
      assertThat(header(record, "reason")).isEqualTo(row.get("reason").textValue());
      rows.add(row);
    }
    return rows;
  }

  /** By topic, partition and offset, each of which must come once. */
  private static Map<String, String> reasonsOf(List<JsonNode> rows) {
    Map<String, String> reasons = new TreeMap<>();
    for (JsonNode row : rows) {
      String place =
          "%s/%s/%s"
              .formatted(row.path("topic").asText(), row.path("partition"), row.path("offset"));
      String message = row.get("message").textValue();
      assertThat(message).hasSizeBetween(10, 2000);
      assertThat(reasons.put(place, row.get("reason").textValue())).as(place).isNull();
    }
    return reasons;
  }
}
