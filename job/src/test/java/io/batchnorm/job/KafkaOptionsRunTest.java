package io.batchnorm.job;

import static io.batchnorm.job.TopicRecords.byId;
import static io.batchnorm.job.TopicRecords.header;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.exchange.NpyReader;
import io.batchnorm.job.cluster.KafkaBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The options about topics that are neither where nor who. */
@Timeout(120)
class KafkaOptionsRunTest {
  @RegisterExtension static final KafkaBroker BROKER = KafkaBroker.open();

  private final KafkaTopicsOfTest topics = KafkaTopicsOfTest.on(BROKER);

  @Test
  void missingTopicsAreMadeAsTheyAreWantedAndOthersStayAsTheyAre() throws Exception {
    String in = topics.create("in", 2);
    BROKER.send(List.of(TopicRecords.npy(in, "a", "1", new float[] {1, 3}, 2, 1)));

    Outcome outcome =
        topics.run(
            "--input=kafka:" + in,
            "--output=kafka:" + topics.name("out"),
            "--rejected=kafka:" + topics.name("rejected"),
            "--statistics-stream=kafka:" + topics.name("statistics"),
            "--control=kafka:" + topics.name("control"),
            "--kafka-create-topics=3",
            "--bounded",
            "--parallelism=1");

    assertThat(outcome.succeeded().counts())
        .isEqualTo("normalized 1 records (2 values), rejected 0");
    assertThat(shape(in)).isEqualTo("2 partitions, delete");
    assertThat(shape(topics.name("out"))).isEqualTo("3 partitions, delete");
    assertThat(shape(topics.name("rejected"))).isEqualTo("3 partitions, delete");
    assertThat(shape(topics.name("statistics"))).isEqualTo("3 partitions, compact");
    assertThat(shape(topics.name("control"))).isEqualTo("1 partitions, delete");
    assertThat(BROKER.readCommitted(topics.name("statistics"))).hasSize(1);
  }

  @Test
  void feedMakesItsTopicAndOneThatWasRefusedDoesNot(@TempDir Path folder) throws Exception {
    Path table = Files.write(folder.resolve("t.csv"), List.of("key,x,y", "a,1,2", "b,3,4"));
    List<String> feed =
        List.of(
            "feed",
            "--input=csv:" + table,
            "--feature-columns=x,y",
            "--output=kafka:" + topics.name("fed"),
            "--kafka-bootstrap=" + BROKER.bootstrap(),
            "--kafka-create-topics=3");

    Outcome.of(feed)
        .refused(
            "batchnorm feed",
            "--key-column is missing, csv inputs want the name of the key's column");
    try (Admin admin = Admin.create(BROKER.clientSettings())) {
      assertThat(admin.listTopics().names().get()).doesNotContain(topics.name("fed"));
    }
    List<String> right = new ArrayList<>(feed);
    right.add("--key-column=key");

    assertThat(Outcome.of(right).succeeded().counts())
        .isEqualTo("fed 2 records (4 values), rejected 0");
    assertThat(shape(topics.name("fed"))).isEqualTo("3 partitions, delete");
    assertThat(BROKER.readCommitted(topics.name("fed")))
        .extracting(TopicRecords::key)
        .containsExactlyInAnyOrder("a", "b");
  }

  private static String shape(String topic) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    try (Admin admin = Admin.create(BROKER.clientSettings())) {
      int partitions =
          admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
      Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
      return "%d partitions, %s".formatted(partitions, config.get("cleanup.policy").value());
    }
  }

  @Test
  void aMadeControlTopicIsFollowedFromItsStart() throws Exception {
    String in = topics.create("in", 1);
    String out = topics.create("out", 1);
    TopicTalk talk = new TopicTalk(BROKER, in, out, new EagerModel());
    List<String> arguments =
        topics.arguments(
            "--input=kafka:" + in,
            "--output=kafka:" + out,
            "--control=kafka:" + topics.name("control"),
            "--kafka-create-topics=1",
            "--delivery=at-least-once");

    try (LiveRun run = LiveRun.of(arguments)) {
      talk.next("a");
      byte[] freeze = "{\"command\":\"freeze\",\"key\":\"a\"}".getBytes(UTF_8);
      BROKER.send(List.of(TopicRecords.record(topics.name("control"), null, null, freeze)));

      talk.until("a", answer -> answer.mode().equals("eval"), () -> {});
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"at-least-once", "exactly-once"})
  void outputsAppearAtOnceOrWithTheCheckpoint(String delivery) throws Exception {
    String in = topics.create("in", 1);
    String out = topics.create("out", 1);
    FeatureMap batch = TopicRecords.random("a", "1", 4, 2);
    BROKER.send(List.of(TopicRecords.npy(in, "a", "1", batch.values(), batch.shape())));
    boolean atOnce = delivery.equals("at-least-once");
    List<String> arguments =
        topics.arguments(
            "--input=kafka:" + in,
            "--output=kafka:" + out,
            "--delivery=" + delivery,
            "--checkpoint-interval=" + (atOnce ? "1h" : "1s"));

    try (LiveRun run = LiveRun.of(arguments)) {
      BROKER.awaitCommitted(out, all -> all.size() == 1, Duration.ofSeconds(60));
    }
    List<ConsumerRecord<byte[], byte[]>> written = BROKER.readCommitted(out);
    assertThat(NpyReader.read(written.get(0).value(), "a").values())
        .isEqualTo(new EagerModel().train("a", batch));
    // The end of a transaction is a record of its own, which no reader sees.
    assertThat(end(out)).isEqualTo(atOnce ? 1 : 2);
  }

  private static long end(String topic) throws Exception {
    TopicPartition partition = new TopicPartition(topic, 0);
    try (Admin admin = Admin.create(BROKER.clientSettings())) {
      return admin
          .listOffsets(Map.of(partition, OffsetSpec.latest()))
          .partitionResult(partition)
          .get()
          .offset();
    }
  }

  @Test
  void aLargerRecordThanAllowedIsRejectedWithTheOptionToRaise() throws Exception {
    String in = topics.create("in", 1);
    String out = topics.create("out", 1);
    String rejected = topics.create("rejected", 1);
    ProducerRecord<byte[], byte[]> fits = batch(in, "fits", 20);
    int bytes = fits.value().length;
    BROKER.send(List.of(fits, batch(in, "larger", 21), batch(in, "fits-too", 20)));

    Outcome outcome =
        topics.run(
            "--input=kafka:" + in,
            "--output=kafka:" + out,
            "--rejected=kafka:" + rejected,
            "--bounded",
            "--kafka-max-bytes=" + bytes);

    assertThat(outcome.succeeded().counts())
        .isEqualTo("normalized 2 records (80 values), rejected 1");
    assertThat(byId(BROKER.readCommitted(out))).containsOnlyKeys("a/fits", "a/fits-too");
    assertThat(BROKER.readCommitted(rejected))
        .extracting(record -> new String(record.value(), UTF_8))
        .containsExactly(
            ("{\"key\":\"a\",\"id\":\"larger\",\"reason\":\"too_large\",\"message\":"
                    + "\"%1$s, partition 0, offset 1: the value has %2$d bytes, wanted %3$d at the most;"
                    + " raise --kafka-max-bytes\",\"topic\":\"%1$s\",\"partition\":0,\"offset\":1}")
                .formatted(in, bytes + 8, bytes));
  }

  @Test
  void whatItsTopicWouldNotTakeIsRejectedWithTheSettingToRaiseAndNotLearned() throws Exception {
    String in = topics.create("in", 1);
    String out = topics.create("out", 1, Map.of("max.message.bytes", "2000"));
    String rejected = topics.create("rejected", 1);
    BROKER.send(
        List.of(batch(in, "fits", 20), batch(in, "larger", 500), batch(in, "fits-too", 20)));

    Outcome outcome =
        topics.run(
            "--input=kafka:" + in,
            "--output=kafka:" + out,
            "--rejected=kafka:" + rejected,
            "--bounded");

    assertThat(outcome.succeeded().counts())
        .isEqualTo("normalized 2 records (80 values), rejected 1");
    Map<String, ConsumerRecord<byte[], byte[]>> written = byId(BROKER.readCommitted(out));
    assertThat(header(written.get("a/fits-too"), "numBatchesTracked")).isEqualTo("2");
    assertThat(BROKER.readCommitted(rejected))
        .extracting(record -> new String(record.value(), UTF_8))
        .singleElement()
        .asString()
        .startsWith("{\"key\":\"a\",\"id\":\"larger\",\"reason\":\"too_large\",\"message\":")
        .contains(
            "topic %s takes 2,000; raise its max.message.bytes and start again".formatted(out));
  }

  private static ProducerRecord<byte[], byte[]> batch(String topic, String id, int rows) {
    FeatureMap batch = TopicRecords.random("a", id, rows, 2);
    return TopicRecords.npy(topic, "a", id, batch.values(), batch.shape());
  }
}
