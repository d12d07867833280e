package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.job.cluster.FreePorts;
import io.batchnorm.job.cluster.KafkaBroker;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with topics is said in one sentence each, before anything starts. */
@Timeout(30)
class KafkaStartFaultsTest {
  @RegisterExtension static final KafkaBroker BROKER = KafkaBroker.open();

  private static final KafkaTopicsOfTest TOPICS = KafkaTopicsOfTest.on(BROKER);
  private static String in;
  private static String out;

  @BeforeAll
  static void createTopics() {
    in = TOPICS.create("in", 1);
    out = TOPICS.create("out", 1);
    BROKER.send(List.of(TopicRecords.npy(in, "a", "1", new float[] {1, 3}, 2, 1)));
  }

  @AfterEach
  void nothingWasStarted() throws Exception {
    assertThat(BROKER.readCommitted(out)).isEmpty();
    try (Admin admin = Admin.create(BROKER.clientSettings())) {
      assertThat(admin.listGroups().all().get()).as("readers").isEmpty();
    }
  }

  private static void refuses(List<String> arguments, String... faults) {
    Outcome.of(arguments).refused("batchnorm run", faults);
  }

  /** A run that would work, but for the options. */
  private static List<String> arguments(String... options) {
    return at(BROKER.bootstrap(), options);
  }

  private static List<String> at(String bootstrap, String... options) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "run",
                "--kafka-bootstrap=" + bootstrap,
                "--input=kafka:" + in,
                "--output=kafka:" + out,
                "--bounded"));
    all.addAll(List.of(options));
    return all;
  }

  @Test
  void everyMissingTopicAndHowToMakeIt() {
    List<String> faults = new ArrayList<>();
    for (String role : List.of("input", "output", "rejected", "statistics-stream", "control")) {
      faults.add(
          "--%s: there is no topic no-%s on %s; create it, or give --kafka-create-topics N"
              .formatted(role, role, BROKER.bootstrap()));
    }

    refuses(
        TOPICS.arguments(
            "--input=kafka:no-input",
            "--output=kafka:no-output",
            "--rejected=kafka:no-rejected",
            "--statistics-stream=kafka:no-statistics-stream",
            "--control=kafka:no-control"),
        faults.toArray(new String[0]));
  }

  @Test
  void aMissingTopicOfStatisticsToFollow() {
    refuses(
        arguments("--mode=eval", "--statistics-from=kafka:no-statistics"),
        "--statistics-from: there is no topic no-statistics on %s; create it, or give"
                .formatted(BROKER.bootstrap())
            + " --kafka-create-topics N");
  }

  @Test
  void aControlTopicOfTwoPartitions() {
    String control = TOPICS.create("control", 2);

    refuses(
        arguments("--control=kafka:" + control),
        "--control: topic %s has 2 partitions, wanted 1, which keeps the commands in order"
            .formatted(control));
  }

  @Test
  void makesNoTopicIfAnythingIsWrong() throws Exception {
    String control = TOPICS.create("wide", 2);
    List<String> arguments =
        TOPICS.arguments(
            "--input=kafka:new-input",
            "--output=kafka:" + out,
            "--control=kafka:" + control,
            "--kafka-create-topics=3",
            "--momentum=7");

    refuses(
        arguments,
        "--control: topic %s has 2 partitions, wanted 1, which keeps the commands in order"
            .formatted(control),
        "--momentum is 7.0, wanted a number in [0, 1]: the weight of the new batch");

    try (Admin admin = Admin.create(BROKER.clientSettings())) {
      assertThat(admin.listTopics().names().get()).contains(control).doesNotContain("new-input");
    }
  }

  @Test
  void rolesThatShareATopic() {
    refuses(
        TOPICS.arguments(
            "--input=kafka:" + in,
            "--output=kafka:" + out,
            "--rejected=kafka:" + out,
            "--control=kafka:" + in),
        "--output and --rejected are both kafka:%s, wanted topics of their own".formatted(out),
        "--input and --control are both kafka:%s, wanted topics of their own".formatted(in));
  }

  @Test
  void aNameThatNoTopicCanHave() {
    refuses(
        TOPICS.arguments("--input=kafka:a/b", "--output=none", "--bounded"),
        "--input is \"kafka:a/b\", wanted the name of a topic: up to 249 of A-Z, a-z, 0-9, dot, _ and -");
  }

  @Test
  void anEndOfAnInputThatHasOneAnyhow(@TempDir Path folder) {
    new NpyFolder(folder).random("a/1.npy", 2, 1);
    String file = "--input=npy:" + folder;

    refuses(
        TOPICS.arguments(file, "--output=kafka:" + out, "--bounded"),
        "--bounded is for --input kafka:TOPIC, other inputs have an end");
    refuses(
        List.of("run", file, "--output=none", "--bounded"),
        "--bounded is for topics, and none of the options names kafka:TOPIC");
  }

  @Test
  void noBrokerAtAll() {
    refuses(
        List.of("run", "--input=kafka:" + in, "--output=none"),
        "--kafka-bootstrap is missing, topics want the HOST:PORT of a broker");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"localhost", "localhost:", "localhost:99999", "127.0.0.1:x", "no.host.invalid:9"})
  void anAddressThatIsNone(String address) {
    refuses(
        at(address),
        "kafka: \"%s\" is no HOST:PORT of a broker, or its host has no address; correct"
                .formatted(address)
            + " --kafka-bootstrap");
  }

  @Test
  void nobodyAtTheAddress() {
    refusesAddress("127.0.0.1:" + FreePorts.next());
  }

  @Test
  void somebodyAtTheAddressWhoNeverAnswers() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"))) {
      refusesAddress("127.0.0.1:" + silent.getLocalPort());
    }
  }

  private static void refusesAddress(String address) {
    refuses(
        at(address),
        ("kafka: no broker answered at %s in time; check --kafka-bootstrap, and whether it wants"
                + " another security.protocol in --kafka-properties")
            .formatted(address));
  }
}
