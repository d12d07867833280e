package io.batchnorm.job;

import static io.batchnorm.job.TopicRecords.byId;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.exchange.NpyReader;
import io.batchnorm.job.TopicTalk.Answer;
import io.batchnorm.job.cluster.KafkaBroker;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A serving job follows the statistics of a topic while both it and the training job run. */
@Timeout(180)
class KafkaFollowTest {
  @RegisterExtension static final KafkaBroker BROKER = KafkaBroker.open();

  private static final Duration DEADLINE = Duration.ofSeconds(60);

  private final KafkaTopicsOfTest topics = KafkaTopicsOfTest.on(BROKER);
  private final EagerModel model = new EagerModel();
  private String in;
  private String out;
  private String rejected;
  private String learned;
  private TopicTalk served;

  @BeforeEach
  void createTopics() {
    in = topics.create("in", 2);
    out = topics.create("out", 1);
    rejected = topics.create("rejected", 1);
    learned = topics.compacted("learned", 1);
    served = new TopicTalk(BROKER, in, out, model);
  }

  @Test
  void everyVersionThatIsLearnedIsServedNext() throws Exception {
    String lessons = topics.create("lessons", 2);
    List<String> training =
        topics.arguments(
            "--input=kafka:" + lessons,
            "--output=none",
            "--statistics-stream=kafka:" + learned,
            "--statistics-interval=1",
            "--delivery=at-least-once",
            "--parallelism=2");

    try (LiveRun teacher = LiveRun.of(training);
        LiveRun pupil = LiveRun.of(serving("--parallelism=2"))) {
      for (int i = 1; i <= 3; i++) {
        long version = i;
        for (String key : List.of("a", "b")) {
          FeatureMap lesson = TopicRecords.random(key, "lesson" + i, 5, 2);
          BROKER.send(
              List.of(TopicRecords.npy(lessons, key, "l" + i, lesson.values(), lesson.shape())));
          Answer answer =
              served.until(key, a -> a.batches() == version, () -> model.train(key, lesson));
          assertThat(answer.mode()).isEqualTo("eval");
        }
      }
    }
    assertThat(BROKER.readCommitted(rejected)).isEmpty();
  }

  @Test
  void onlyNewerVersionsAndResetsTakeEffectAndTheRestIsRejected() throws Exception {
    send("a", 5, "");
    model.load("a", StatisticsVersions.of(5));

    try (LiveRun run = LiveRun.of(serving("--parallelism=2"))) {
      assertThat(served.next("a")).isEqualTo(new Answer("eval", 5));

      send("a", 3, "");
      BROKER.send(
          List.of(TopicRecords.record(learned, "a", null, "no statistics".getBytes(UTF_8))));
      send("a", 7, "");
      served.until(
          "a", answer -> answer.batches() == 7, () -> model.load("a", StatisticsVersions.of(7)));

      send("a", 2, ",\"reset\":true");
      served.until(
          "a", answer -> answer.batches() == 2, () -> model.load("a", StatisticsVersions.of(2)));

      List<ConsumerRecord<byte[], byte[]>> rejections =
          BROKER.awaitCommitted(rejected, all -> !all.isEmpty(), DEADLINE);
      assertThat(new String(rejections.get(0).value(), UTF_8))
          .contains("\"reason\":\"malformed_statistics\"")
          .endsWith("\"topic\":\"%s\",\"partition\":0,\"offset\":2}".formatted(learned));
    }
    assertThat(BROKER.readCommitted(rejected)).hasSize(1);
  }

  /** In one subtask, which has the record without value when it has the one behind it. */
  @Test
  void aRecordWithoutValueTakesTheStatisticsAndLaterOnesReleaseWhoWaits() throws Exception {
    send("a", 5, "");
    model.load("a", StatisticsVersions.of(5));

    try (LiveRun run = LiveRun.of(serving("--hold=1", "--parallelism=1"))) {
      served.next("a");

      BROKER.send(List.of(new ProducerRecord<>(learned, "a".getBytes(UTF_8), null)));
      send("other", 1, "");
      model.load("other", StatisticsVersions.of(1));
      served.next("other");
      BROKER.send(List.of(batch("waits"), batch("finds-no-room")));
      assertThat(
              BROKER.awaitCommitted(rejected, all -> !all.isEmpty(), DEADLINE).stream()
                  .map(record -> new String(record.value(), UTF_8)))
          .singleElement()
          .asString()
          .startsWith(
              "{\"key\":\"a\",\"id\":\"finds-no-room\",\"reason\":\"statistics_not_arrived\"");

      send("a", 1, "");
      model.load("a", StatisticsVersions.of(1));
      BROKER.awaitCommitted(out, all -> all.size() == 3, DEADLINE);
      assertThat(served.next("a")).isEqualTo(new Answer("eval", 1));
    }
    ConsumerRecord<byte[], byte[]> waited = byId(BROKER.readCommitted(out)).get("a/waits");
    assertThat(NpyReader.read(waited.value(), "waits").values())
        .isEqualTo(model.eval("a", TopicRecords.random("a", "waits", 4, 2)));
  }

  private ProducerRecord<byte[], byte[]> batch(String id) {
    FeatureMap batch = TopicRecords.random("a", id, 4, 2);
    return TopicRecords.npy(in, "a", id, batch.values(), batch.shape());
  }

  private List<String> serving(String... more) {
    List<String> all =
        topics.arguments(
            "--mode=eval",
            "--input=kafka:" + in,
            "--output=kafka:" + out,
            "--rejected=kafka:" + rejected,
            "--statistics-from=kafka:" + learned,
            "--delivery=at-least-once");
    all.addAll(List.of(more));
    return all;
  }

  private void send(String key, int version, String more) {
    BROKER.send(List.of(StatisticsVersions.record(learned, key, version, more)));
  }
}
