package io.batchnorm.job;

import static io.batchnorm.job.TopicRecords.byId;
import static io.batchnorm.job.TopicRecords.header;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.exchange.NpyArray;
import io.batchnorm.exchange.NpyReader;
import io.batchnorm.exchange.NpyWriter;
import io.batchnorm.job.cluster.KafkaBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaRunTest {
  @RegisterExtension static final KafkaBroker BROKER = KafkaBroker.open();

  private String topic;

  @BeforeEach
  void namesTopicsAfterTheTest(TestInfo test) {
    topic = test.getDisplayName().replaceAll("[^A-Za-z0-9]", "");
    topic = topic.substring(0, Math.min(100, topic.length())) + Math.abs(test.hashCode());
  }

  private String topic(String role, int partitions) {
    String name = topic + "-" + role;
    BROKER.createTopic(name, partitions, Map.of("max.message.bytes", "35000000"));
    return name;
  }

  private static Outcome run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("run", "--kafka-bootstrap=" + BROKER.bootstrap()));
    all.addAll(List.of(arguments));
    return Outcome.of(all);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void isCoreBatchNormOverTheRecordsOfAKeyInTheirOrderBitForBit(int parallelism) throws Exception {
    String in = topic("in", 3);
    String out = topic("out", 2);
    EagerModel model = new EagerModel();
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    List<float[]> expected = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String key = "cam-" + i % 7;
      FeatureMap batch = TopicRecords.random(key, "b" + i, 4, 3, 2, 2);
      records.add(TopicRecords.npy(in, key, "b" + i, batch.values(), batch.shape()));
      ids.add(key + "/b" + i);
      expected.add(model.train(key, batch));
    }
    BROKER.send(records);

    Outcome outcome =
        run(
            "--input=kafka:" + in,
            "--output=kafka:" + out,
            "--bounded",
            "--parallelism=" + parallelism);

    assertThat(outcome.succeeded().counts())
        .isEqualTo("normalized 40 records (1,920 values), rejected 0");
    Map<String, ConsumerRecord<byte[], byte[]>> written = byId(BROKER.readCommitted(out));
    assertThat(written).containsOnlyKeys(ids);
    for (int i = 0; i < ids.size(); i++) {
      ConsumerRecord<byte[], byte[]> record = written.get(ids.get(i));
      NpyArray array = NpyReader.read(record.value(), ids.get(i));
      assertThat(array.shape()).containsExactly(4, 3, 2, 2);
      assertThat(array.values()).isEqualTo(expected.get(i));
      assertThat(header(record, "mode")).isEqualTo("train");
      assertThat(header(record, "numBatchesTracked")).isEqualTo(Integer.toString(i / 7 + 1));
    }
  }

  @Test
  void goesOnBehindTheCommittedOffsets() throws Exception {
    String in = topic("in", 2);
    String out = topic("out", 1);
    for (String id : List.of("first", "second")) {
      BROKER.send(List.of(TopicRecords.npy(in, "a", id, new float[] {1, 3}, 2, 1)));

      Outcome outcome = run("--input=kafka:" + in, "--output=kafka:" + out, "--bounded");

      assertThat(outcome.succeeded().counts())
          .isEqualTo("normalized 1 records (2 values), rejected 0");
    }
    assertThat(byId(BROKER.readCommitted(out))).containsOnlyKeys("a/first", "a/second");
  }

  /**
   * Behind the record is the end of its transaction, which no reader sees. Flink alone commits the
   * place between the two, and that only if the job lives long enough.
   */
  @Test
  void commitsWhereTheInputEndedWhenItStarted() throws Exception {
    String in = topic("in", 2);
    try (Producer<byte[], byte[]> producer = BROKER.producer(Map.of("transactional.id", in))) {
      producer.initTransactions();
      producer.beginTransaction();
      byte[] batch = NpyWriter.toBytes(new NpyArray(new int[] {2, 1}, new float[] {1, 3}));
      producer.send(new ProducerRecord<>(in, 1, "a".getBytes(UTF_8), batch));
      producer.commitTransaction();
    }

    Outcome outcome = run("--input=kafka:" + in, "--output=none", "--bounded");

    assertThat(outcome.succeeded().counts())
        .isEqualTo("normalized 1 records (2 values), rejected 0");
    assertThat(BROKER.committedOffsets("batchnorm-train-%s-files".formatted(in), in))
        .containsEntry(1, 2L);
  }

  @Test
  void readsAndWritesJson() throws Exception {
    String in = topic("in", 1);
    String out = topic("out", 1);
    BROKER.send(
        List.of(
            TopicRecords.record(
                in,
                "a",
                null,
                "{\"id\":\"x\",\"more\":[{}],\"shape\":[2,1],\"values\":[1,3]}".getBytes(UTF_8)),
            TopicRecords.record(
                in, "a", "y", "{\"values\":[5,5,\"NaN\"],\"shape\":[3,1]}".getBytes(UTF_8))));

    Outcome outcome =
        run(
            "--input=kafka:" + in,
            "--output=kafka:" + out,
            "--bounded",
            "--format=json",
            "--non-finite=propagate");

    assertThat(outcome.succeeded().counts())
        .isEqualTo("normalized 2 records (5 values), rejected 0");
    assertThat(BROKER.readCommitted(out))
        .extracting(record -> new String(record.value(), UTF_8))
        .containsExactly(
            "{\"id\":\"x\",\"shape\":[2,1],\"values\":[-0.999995,0.999995]}",
            "{\"id\":\"y\",\"shape\":[3,1],\"values\":[\"NaN\",\"NaN\",\"NaN\"]}");
  }

  /** It has no event time of its own: the end of the input is later than any time. */
  @Test
  void flushesTheLastBatchOfSamplesAtTheEndWithTheTimeOfWriting() throws Exception {
    String in = topic("in", 1);
    String out = topic("out", 1);
    BROKER.send(
        List.of(
            TopicRecords.npy(in, "a", "1", new float[] {1}, 1),
            TopicRecords.npy(in, "a", "2", new float[] {3}, 1)));

    Outcome outcome =
        run("--input=kafka:" + in, "--output=kafka:" + out, "--bounded", "--batch-size=32");

    assertThat(outcome.succeeded().counts())
        .isEqualTo("normalized 2 records (2 values), rejected 0");
    long now = System.currentTimeMillis();
    assertThat(BROKER.readCommitted(out))
        .hasSize(2)
        .allSatisfy(record -> assertThat(record.timestamp()).isBetween(now - 60_000, now));
  }
}
