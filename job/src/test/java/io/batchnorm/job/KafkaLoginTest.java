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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** A broker that wants a login gets it, and nobody else gets to see it. */
@Timeout(30)
class KafkaLoginTest {
  private static final String PASSWORD = "tr0ub4dor-and-3";
  private static final String WRONG = "correct-horse-battery";
  private static final String MODULE = "org.apache.kafka.common.security.plain.PlainLoginModule";

  @RegisterExtension static final KafkaBroker BROKER = KafkaBroker.withPassword("flink", PASSWORD);

  private static final KafkaTopicsOfTest TOPICS = KafkaTopicsOfTest.on(BROKER);
  private static String in;
  private static String out;
  private static String rejected;

  @TempDir Path folder;
  private final List<Outcome> outcomes = new ArrayList<>();
  private LogWatch log;

  @BeforeAll
  static void createTopics() {
    in = TOPICS.create("in", 2);
    out = TOPICS.create("out", 1);
    rejected = TOPICS.create("rejected", 1);
  }

  @BeforeEach
  void watchesTheLog() {
    log = LogWatch.of(List.of(PASSWORD, WRONG, "username="));
  }

  @AfterEach
  void nothingShowedThePassword() {
    log.close();
    assertThat(log.leaks()).isEmpty();
    assertThat(log.debugEvents()).isPositive();
    assertThat(outcomes)
        .allSatisfy(
            outcome -> assertThat(outcome.out() + outcome.err()).doesNotContain(PASSWORD, WRONG));
  }

  @Test
  void theRightPasswordReadsAndWritesEverythingOnce() throws Exception {
    EagerModel model = new EagerModel();
    Map<String, float[]> expected = new TreeMap<>();
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      String key = "cam-" + i % 3;
      FeatureMap batch = TopicRecords.random(key, "b" + i, 4, 2);
      records.add(TopicRecords.npy(in, key, "b" + i, batch.values(), batch.shape()));
      expected.put(key + "/b" + i, model.train(key, batch));
    }
    records.add(TopicRecords.record(in, "cam-0", "garbage", "no array".getBytes(UTF_8)));
    BROKER.send(records);

    Outcome outcome = run(login(PASSWORD), "--rejected=kafka:" + rejected);

    assertThat(outcome.succeeded().counts())
        .isEqualTo("normalized 20 records (160 values), rejected 1");
    Map<String, ConsumerRecord<byte[], byte[]>> written = byId(BROKER.readCommitted(out));
    assertThat(written).containsOnlyKeys(expected.keySet());
    for (Map.Entry<String, float[]> entry : expected.entrySet()) {
      byte[] value = written.get(entry.getKey()).value();
      assertThat(NpyReader.read(value, "out").values()).isEqualTo(entry.getValue());
    }
    assertThat(BROKER.readCommitted(rejected))
        .extracting(record -> header(record, "reason"))
        .containsExactly("malformed_input");
  }

  @Test
  void aWrongPasswordIsRefused() throws Exception {
    run(login(WRONG))
        .refused(
            "batchnorm run",
            ("kafka: the broker at %s refused the login of --kafka-properties: Authentication"
                    + " failed: Invalid username or password")
                .formatted(BROKER.bootstrap()));
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    Path file = folder.resolve("missing.properties");

    run(file).refused("batchnorm run", "--kafka-properties: there is no file " + file);
  }

  @Test
  void noLoginGetsNoAnswer() {
    Outcome outcome =
        TOPICS.run("--input=kafka:" + in, "--output=kafka:" + out, "--bounded", "--parallelism=1");

    outcome.refused(
        "batchnorm run",
        ("kafka: no broker answered at %s in time; check --kafka-bootstrap, and whether it wants"
                + " another security.protocol in --kafka-properties")
            .formatted(BROKER.bootstrap()));
  }

  @Test
  void aLoginThatCannotBeUnderstoodIsNotQuoted() throws Exception {
    String example =
        "kafka: sasl.jaas.config in --kafka-properties cannot be understood, wanted such as "
            + MODULE
            + " required username=\"…\" password=\"…\";";
    for (String jaas :
        List.of(
            MODULE + " required username=\"flink\" password=\"" + PASSWORD + "\"",
            MODULE + " " + PASSWORD + " username=\"flink\";",
            PASSWORD)) {
      run(properties("sasl.mechanism=PLAIN", "sasl.jaas.config=" + jaas))
          .refused("batchnorm run", example);
    }
  }

  private Path login(String password) throws Exception {
    return properties(
        "sasl.mechanism=PLAIN",
        "sasl.jaas.config=%s required username=\"flink\" password=\"%s\";"
            .formatted(MODULE, password));
  }

  private Path properties(String... lines) throws Exception {
    List<String> all = new ArrayList<>(List.of(lines));
    all.add("security.protocol=SASL_PLAINTEXT");
    return Files.write(folder.resolve("kafka.properties"), all);
  }

  private Outcome run(Path properties, String... more) {
    List<String> options =
        new ArrayList<>(
            List.of(
                "--input=kafka:" + in,
                "--output=kafka:" + out,
                "--bounded",
                "--kafka-properties=" + properties));
    options.addAll(List.of(more));
    Outcome outcome = TOPICS.run(options.toArray(new String[0]));
    outcomes.add(outcome);
    return outcome;
  }
}
