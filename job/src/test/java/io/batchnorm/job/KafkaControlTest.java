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
import io.batchnorm.job.TopicTalk.Answer;
import io.batchnorm.job.cluster.KafkaBroker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Commands from a topic, before a job and while it runs. */
@Timeout(180)
class KafkaControlTest {
  @RegisterExtension static final KafkaBroker BROKER = KafkaBroker.open();

  private static final String LOAD =
      "{\"command\":\"load\",\"key\":\"%s\",\"statistics\":"
          + "{\"running_mean\":[1,2],\"running_var\":[3,4],\"num_batches_tracked\":50}%s}";
  private static final RunningStatistics LOADED =
      RunningStatistics.of(
          50, RunningStatistics.UNKNOWN_COUNT, new double[] {1, 2}, new double[] {3, 4});

  @TempDir Path folder;
  private final KafkaTopicsOfTest topics = KafkaTopicsOfTest.on(BROKER);
  private final EagerModel model = new EagerModel();
  private String in;
  private String out;
  private String rejected;
  private String control;
  private TopicTalk talk;

  @BeforeEach
  void createTopics() {
    in = topics.create("in", 2);
    out = topics.create("out", 1);
    rejected = topics.create("rejected", 1);
    control = topics.create("control", 1);
    talk = new TopicTalk(BROKER, in, out, model);
  }

  @Test
  void theHistoryIsInForceBeforeTheFirstRecord() throws Exception {
    send(
        "{\"command\":\"freeze\",\"key\":\"a\",\"after_batches\":2}",
        "{\"command\":\"melt\",\"key\":\"a\"}",
        LOAD.formatted("b", ""),
        "{\"command\":\"freeze\",\"key\":\"b\"}",
        "{\"command\":\"reset\",\"key\":\"c\",\"after_batches\":3}");
    model.load("b", LOADED);
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      for (String key : List.of("a", "b", "c")) {
        FeatureMap batch = TopicRecords.random(key, "b" + i, 4, 2);
        records.add(TopicRecords.npy(in, key, "b" + i, batch.values(), batch.shape()));
      }
    }
    BROKER.send(records);

    List<String> arguments = arguments();
    arguments.addAll(List.of("--bounded", "--parallelism=2"));
    Outcome outcome = Outcome.of(arguments);

    assertThat(outcome.succeeded().counts())
        .isEqualTo("normalized 15 records (120 values), rejected 1");
    Map<String, ConsumerRecord<byte[], byte[]>> written = byId(BROKER.readCommitted(out));
    for (int i = 1; i <= 5; i++) {
      for (String key : List.of("a", "b", "c")) {
        if (key.equals("c") && i == 4) {
          model.load("c", RunningStatistics.initial(2));
        }
        boolean frozen = key.equals("b") || key.equals("a") && i > 2;
        FeatureMap batch = TopicRecords.random(key, "b" + i, 4, 2);
        assertThat(NpyReader.read(written.get(key + "/b" + i).value(), key).values())
            .as(key + i)
            .isEqualTo(frozen ? model.eval(key, batch) : model.train(key, batch));
      }
    }
    assertThat(rejections()).containsExactly("a malformed_command %s/0/1".formatted(control));
  }

  @Test
  void aCommandActsWhenItComes() throws Exception {
    try (LiveRun run = LiveRun.of(live("--parallelism=2"))) {
      assertThat(talk.next("a")).isEqualTo(new Answer("train", 1));
      assertThat(talk.next("a")).isEqualTo(new Answer("train", 2));

      send("{\"command\":\"freeze\",\"key\":\"a\"}");
      Answer frozen = talk.until("a", answer -> answer.mode().equals("eval"), () -> {});
      assertThat(talk.next("a")).isEqualTo(frozen);

      send("{\"command\":\"unfreeze\",\"key\":\"a\"}");
      talk.until("a", answer -> answer.mode().equals("train"), () -> {});
      assertThat(talk.next("a")).isEqualTo(new Answer("train", frozen.batches() + 2));

      send("{\"command\":\"reset\",\"key\":\"a\"}");
      talk.until(
          "a",
          answer -> answer.batches() == 1,
          () -> model.load("a", RunningStatistics.initial(2)));

      send(LOAD.formatted("*", ""));
      talk.until("a", answer -> answer.batches() > 50, () -> model.load("a", LOADED));
      model.load("later", LOADED);
      assertThat(talk.next("later")).isEqualTo(new Answer("train", 51));
    }
    assertThat(rejections()).isEmpty();
  }

  /** In one subtask, which has the first command when it has the second. */
  @Test
  void aCommandForLaterActsBehindItsBatch() throws Exception {
    try (LiveRun run = LiveRun.of(live("--parallelism=1"))) {
      talk.next("a");
      talk.next("other");

      send(
          LOAD.formatted("a", ",\"after_batches\":3"),
          "{\"command\":\"freeze\",\"key\":\"a\",\"after_batches\":4}",
          "{\"command\":\"freeze\",\"key\":\"other\"}");
      talk.until("other", answer -> answer.mode().equals("eval"), () -> {});

      assertThat(talk.next("a")).isEqualTo(new Answer("train", 2));
      assertThat(talk.next("a")).isEqualTo(new Answer("train", 3));
      model.load("a", LOADED);
      assertThat(talk.next("a")).isEqualTo(new Answer("train", 51));
      assertThat(talk.next("a")).isEqualTo(new Answer("eval", 51));
    }
  }

  @Test
  void whatIsNoCommandIsRejectedAndTheJobGoesOn() throws Exception {
    try (LiveRun run = LiveRun.of(live("--parallelism=2"))) {
      talk.next("a");

      send(
          "{\"command\":\"melt\",\"key\":\"a\"}",
          "no json",
          "{\"command\":\"load\",\"key\":\"a\",\"file\":\"/etc/hostname\"}",
          "{\"command\":\"freeze\",\"key\":\"a\"}");
      BROKER.send(List.of(new ProducerRecord<>(control, null, null)));
      talk.until("a", answer -> answer.mode().equals("eval"), () -> {});

      BROKER.awaitCommitted(rejected, all -> all.size() == 4, Duration.ofSeconds(60));
      assertThat(rejections())
          .containsExactly(
              "a malformed_command %s/0/0".formatted(control),
              " malformed_command %s/0/1".formatted(control),
              "a malformed_command %s/0/2".formatted(control),
              " malformed_command %s/0/4".formatted(control));
      assertThat(talk.next("a").mode()).isEqualTo("eval");
    }
  }

  @Test
  void aRestoredJobTakesNoCommandInTwice() throws Exception {
    send(LOAD.formatted("b", ""));
    model.load("b", LOADED);
    String savepoint;
    try (LiveRun run = LiveRun.of(live("--parallelism=2"))) {
      assertThat(talk.next("b")).isEqualTo(new Answer("train", 51));
      talk.next("a");
      talk.next("a");
      send("{\"command\":\"reset\",\"key\":\"a\"}");
      talk.until(
          "a",
          answer -> answer.batches() == 1,
          () -> model.load("a", RunningStatistics.initial(2)));
      savepoint = run.stop(folder);
    }
    send("{\"command\":\"reset\",\"key\":\"c\"}", "{\"command\":\"freeze\",\"key\":\"b\"}");

    try (LiveRun run = LiveRun.of(live("--parallelism=1", "--savepoint=" + savepoint))) {
      long batches = model.statistics().get("a").numBatchesTracked();
      assertThat(talk.next("a").batches()).as("not reset again").isEqualTo(batches + 1);
      Answer frozen = talk.until("b", answer -> answer.mode().equals("eval"), () -> {});
      assertThat(frozen.batches()).as("not loaded again").isGreaterThanOrEqualTo(51);
    }
  }

  @Test
  void aRestoredJobDoesWithoutAMalformedCommandThatIsGone() throws Exception {
    send("{\"command\":\"melt\",\"key\":\"a\"}", LOAD.formatted("a", ""));
    model.load("a", LOADED);
    String savepoint;
    try (LiveRun run = LiveRun.of(live("--parallelism=1"))) {
      assertThat(talk.next("a")).isEqualTo(new Answer("train", 51));
      BROKER.awaitCommitted(rejected, all -> all.size() == 1, Duration.ofSeconds(60));
      savepoint = run.stop(folder);
    }
    try (Admin admin = Admin.create(BROKER.clientSettings())) {
      admin
          .deleteRecords(Map.of(new TopicPartition(control, 0), RecordsToDelete.beforeOffset(1)))
          .all()
          .get();
    }

    try (LiveRun run = LiveRun.of(live("--parallelism=1", "--savepoint=" + savepoint))) {
      assertThat(talk.next("a")).isEqualTo(new Answer("train", 52));
    }
    assertThat(rejections()).hasSize(1);
  }

  private List<String> arguments() {
    return topics.arguments(
        "--input=kafka:" + in,
        "--output=kafka:" + out,
        "--rejected=kafka:" + rejected,
        "--control=kafka:" + control);
  }

  /** With outputs that appear at once. */
  private List<String> live(String... more) {
    List<String> all = arguments();
    all.add("--delivery=at-least-once");
    all.addAll(List.of(more));
    return all;
  }

  private void send(String... commands) {
    BROKER.send(
        Stream.of(commands)
            .map(command -> new ProducerRecord<byte[], byte[]>(control, command.getBytes(UTF_8)))
            .toList());
  }

  private List<String> rejections() throws Exception {
    List<String> rejections = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> record : BROKER.readCommitted(rejected)) {
      JsonNode row = new JsonMapper().readTree(record.value());
      assertThat(row.get("reason").textValue()).isEqualTo(header(record, "reason"));
      rejections.add(
          "%s %s %s/%d/%d"
              .formatted(
                  row.get("key").textValue(),
                  row.get("reason").textValue(),
                  row.get("topic").textValue(),
                  row.get("partition").intValue(),
                  row.get("offset").longValue()));
    }
    return rejections;
  }
}
