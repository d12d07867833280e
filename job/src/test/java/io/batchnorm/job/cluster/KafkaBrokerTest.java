package io.batchnorm.job.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class KafkaBrokerTest {
  @RegisterExtension static final KafkaBroker BROKER = KafkaBroker.open();

  @Test
  void givesBackRecordsOfOneKeyInOrderAndOneOf33MiB() {
    BROKER.createTopic("large", 2, Map.of());
    byte[] large = new byte[33 << 20];
    new Random(1).nextBytes(large);

    BROKER.send(
        List.of(
            record("large", "a", bytes("1")),
            record("large", "a", large),
            record("large", "a", bytes("3"))));

    assertThat(BROKER.readCommitted("large"))
        .extracting(ConsumerRecord::value)
        .containsExactly(bytes("1"), large, bytes("3"));
  }

  @Test
  void placesRecordsAsKafkasClientsDo() {
    BROKER.createTopic("keys", 4, Map.of());

    BROKER.send(IntStream.range(0, 20).mapToObj(i -> record("keys", "k" + i, bytes(""))).toList());

    assertThat(BROKER.readCommitted("keys"))
        .hasSize(20)
        .allSatisfy(
            r -> assertThat(r.partition()).isEqualTo(Utils.toPositive(Utils.murmur2(r.key())) % 4));
  }

  @Test
  void keepsItsRecordsAndItsAddressOverAStop() {
    BROKER.createTopic("kept", 1, Map.of());
    BROKER.send(List.of(record("kept", "a", bytes("before"))));
    String address = BROKER.bootstrap();

    BROKER.stop();
    assertThatThrownBy(() -> new Socket("127.0.0.1", port(address)).close())
        .isInstanceOf(ConnectException.class);
    BROKER.start();

    assertThat(BROKER.bootstrap()).isEqualTo(address);
    BROKER.send(List.of(record("kept", "a", bytes("after"))));
    assertThat(values(BROKER.readCommitted("kept"))).containsExactly("before", "after");
  }

  /**
   * By a producer that never tries twice. Of few partitions nobody would see that they come late.
   */
  @Test
  void takesRecordsForEveryPartitionAsSoonAsItIsStarted() throws Exception {
    int partitions = 300;
    BROKER.createTopic("many", partitions, Map.of());
    BROKER.stop();
    BROKER.start();

    try (Producer<byte[], byte[]> producer =
        BROKER.producer(Map.of("enable.idempotence", "false", "retries", "0"))) {
      for (int partition = partitions - 1; partition >= 0; partition--) {
        var sent = producer.send(new ProducerRecord<>("many", partition, null, bytes("1")));
        assertThat(sent.get().offset()).isZero();
      }
    }
  }

  @Test
  void doesNotShowWhatATransactionAborted() {
    BROKER.createTopic("transactions", 1, Map.of());
    try (Producer<byte[], byte[]> producer =
        BROKER.producer(Map.of("transactional.id", "transactions"))) {
      producer.initTransactions();
      producer.beginTransaction();
      var unused = producer.send(record("transactions", "a", bytes("aborted")));
      producer.flush();
      producer.abortTransaction();
      producer.beginTransaction();
      unused = producer.send(record("transactions", "a", bytes("committed")));
      producer.commitTransaction();
      producer.beginTransaction();
      unused = producer.send(record("transactions", "a", bytes("open")));
      producer.flush();

      assertThat(values(BROKER.readCommitted("transactions"))).containsExactly("committed");
      producer.abortTransaction();
    }
  }

  @Test
  void waitsForRecordsAndSaysHowManyCame() {
    BROKER.createTopic("waiting", 1, Map.of());
    BROKER.send(List.of(record("waiting", "a", bytes("1")), record("waiting", "a", bytes("2"))));

    assertThat(BROKER.awaitCommitted("waiting", r -> r.size() == 2, Duration.ofSeconds(30)))
        .hasSize(2);
    assertThatThrownBy(
            () -> BROKER.awaitCommitted("waiting", r -> r.size() == 3, Duration.ofSeconds(1)))
        .isInstanceOf(AssertionError.class)
        .hasMessage("only 2 records came from [waiting-0] in PT1S");
  }

  @Test
  void refusesWhatATopicFindsTooLarge() {
    BROKER.createTopic("small", 1, Map.of("max.message.bytes", "1000"));

    assertThatThrownBy(() -> BROKER.send(List.of(record("small", "a", new byte[2000]))))
        .hasCauseInstanceOf(RecordTooLargeException.class);

    assertThat(BROKER.readCommitted("small")).isEmpty();
  }

  @Test
  void letsInWhoKnowsThePasswordAndNobodyElse() {
    try (KafkaBroker guarded = KafkaBroker.withPassword("flink", "right")) {
      guarded.start();
      guarded.createTopic("guarded", 1, Map.of());
      guarded.send(List.of(record("guarded", "a", bytes("in"))));
      Map<String, Object> settings = guarded.clientSettings();
      settings.computeIfPresent(
          "sasl.jaas.config", (name, login) -> login.toString().replace("right", "wrong"));

      assertThat(values(guarded.readCommitted("guarded"))).containsExactly("in");
      try (Admin intruder = Admin.create(settings)) {
        assertThatThrownBy(() -> intruder.listTopics().names().get())
            .hasCauseInstanceOf(SaslAuthenticationException.class);
      }
    }
  }

  private static ProducerRecord<byte[], byte[]> record(String topic, String key, byte[] value) {
    return new ProducerRecord<>(topic, bytes(key), value);
  }

  private static List<String> values(List<ConsumerRecord<byte[], byte[]>> records) {
    return records.stream().map(r -> new String(r.value(), StandardCharsets.UTF_8)).toList();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static int port(String address) {
    return Integer.parseInt(address.substring(address.indexOf(':') + 1));
  }
}
