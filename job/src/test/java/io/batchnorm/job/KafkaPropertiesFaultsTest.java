package io.batchnorm.job;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.batchnorm.job.cluster.KafkaBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Client settings that do not work are found out before the job starts and tries for minutes. */
@Timeout(30)
class KafkaPropertiesFaultsTest {
  @RegisterExtension static final KafkaBroker BROKER = KafkaBroker.open();

  private static final KafkaTopicsOfTest TOPICS = KafkaTopicsOfTest.on(BROKER);
  private static String in;
  private static String out;

  @TempDir Path folder;
  private Path file;

  @BeforeAll
  static void createTopics() {
    in = TOPICS.create("in", 1);
    out = TOPICS.create("out", 1);
  }

  @BeforeEach
  void namesTheFile() {
    file = folder.resolve("kafka.properties");
  }

  private void refuses(String... faults) {
    TOPICS
        .run(
            "--input=kafka:" + in,
            "--output=kafka:" + out,
            "--bounded",
            "--kafka-properties=" + file)
        .refused("batchnorm run", faults);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          security.protocol=FOO | Invalid value FOO for configuration security.protocol: String must be one of (case insensitive): SASL_SSL, PLAINTEXT, SSL, SASL_PLAINTEXT
          session.timeout.ms=soon | Invalid value soon for configuration session.timeout.ms: Not a number of type INT
          max.poll.records=0 | Invalid value 0 for configuration max.poll.records: Value must be at least 1
          compression.type=tar | Invalid value tar for configuration compression.type: String must be one of: none, gzip, snappy, lz4, zstd
          partitioner.class=no.such.Class | Invalid value no.such.Class for configuration partitioner.class: Class no.such.Class could not be found.
          delivery.timeout.ms=1 | delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms
          acks=0 | Cannot set a transactional.id without also enabling idempotence
          transaction.timeout.ms=99999999 | Unexpected error in InitProducerIdResponse; The transaction timeout is larger than the maximum value allowed by the broker (as configured by transaction.max.timeout.ms).
          """)
  void aSettingThatAClientOrTheBrokerRefuses(String line, String clientSays) throws Exception {
    Files.writeString(file, line);

    refuses(
        "kafka: --kafka-properties do not work: %s; correct them"
            .formatted(clientSays.replaceFirst("\\.$", "")));
  }

  @ParameterizedTest
  @CsvSource({"metric.reporters", "interceptor.classes", "partition.assignment.strategy"})
  void aClassThatIsNotThere(String name) throws Exception {
    Files.writeString(file, name + "=no.such.Class");

    refuses(
        "kafka: there is no class no.such.Class, which --kafka-properties name; correct them, or"
            + " add its jar");
  }

  @ParameterizedTest
  @CsvSource({"key.serializer", "value.deserializer", "transactional.id", "enable.auto.commit"})
  void whatTheJobSetsItself(String name) throws Exception {
    Files.writeString(file, name + "=no.such.Class");

    refuses(
        "--kafka-properties: %s sets %s, which the job sets itself; remove it"
            .formatted(file, name));
  }

  @Test
  void aFileThatIsNotThere() {
    refuses("--kafka-properties: there is no file " + file);
  }

  @Test
  void aFolder() throws Exception {
    Files.createDirectory(file);

    refuses("--kafka-properties: %s is a folder, wanted a file".formatted(file));
  }

  @Test
  void bytesThatAreNoText() throws Exception {
    Files.write(file, "name=\u00ff".getBytes(ISO_8859_1));

    refuses("--kafka-properties: %s: it is no text in UTF-8".formatted(file));
  }

  @Test
  void anEscapeThatIsNone() throws Exception {
    Files.writeString(file, "name=\\u12");

    refuses(
        "--kafka-properties: %s has a malformed \\u escape, wanted NAME=VALUE lines"
            .formatted(file));
  }

  @Test
  void moreThanAnyoneWrites() throws Exception {
    Files.write(file, List.of("#".repeat(1 << 20)));

    refuses(
        "--kafka-properties: %s has more than 1,048,576 bytes, wanted NAME=VALUE lines"
            .formatted(file));
  }

  /** As those of a broker that wants more copies of them than there are brokers. */
  @Test
  void transactionsThatDoNotBegin() throws Exception {
    Files.writeString(file, "max.block.ms=0");

    refuses(
        "kafka: the brokers at %s did not begin with transactions in time; they keep them in as"
                .formatted(BROKER.bootstrap())
            + " many copies as their transaction.state.log.replication.factor says, and"
            + " --delivery at-least-once needs none");
  }
}
