package io.batchnorm.job;

import static io.batchnorm.job.TopicRecords.byId;
import static io.batchnorm.job.TopicRecords.header;
import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.exchange.NpyReader;
import io.batchnorm.job.cluster.KafkaBroker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Batches from a topic that are cut on their way: the large ones, and those of hot keys. */
class KafkaSlicedRunTest {
  @RegisterExtension static final KafkaBroker BROKER = KafkaBroker.open();

  private static String topic(String name, int partitions) {
    BROKER.createTopic(name, partitions, Map.of("max.message.bytes", "35000000"));
    return name;
  }

  private static Outcome run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("run", "--kafka-bootstrap=" + BROKER.bootstrap()));
    all.addAll(List.of(arguments));
    return Outcome.of(all);
  }

  /** Two of 12 MB, whose channels have 4.8 MB in one and 0.12 MB in the other, and small ones. */
  @ParameterizedTest
  @CsvSource({"1, 0", "3, 0", "1, 2", "3, 2"})
  void largeAndSmallRecordsComeOutAsTheCoreNormalizesThem(int parallelism, int width)
      throws Exception {
    String name = "large-%d-%d".formatted(parallelism, width);
    String in = topic(name + "-in", 2);
    String out = topic(name + "-out", 1);
    int[][] shapes = {{2, 2, 600_000}, {3, 100, 10_000}, {4, 5, 2}};
    EagerModel model = new EagerModel();
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    List<float[]> expected = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      String key = "k" + i % 3;
      FeatureMap batch = TopicRecords.random(key, "b" + i, shapes[i % 3]);
      records.add(TopicRecords.npy(in, key, "b" + i, batch.values(), batch.shape()));
      expected.add(model.train(key, batch));
      ids.add(key + "/b" + i);
    }
    BROKER.send(records);
    List<String> options =
        new ArrayList<>(
            List.of(
                "--input=kafka:" + in,
                "--output=kafka:" + out,
                "--bounded",
                "--parallelism=" + parallelism));
    if (width > 0) {
      options.add("--channels-per-slice=" + width);
    }

    Outcome outcome = run(options.toArray(new String[0]));

    assertThat(outcome.succeeded().counts()).startsWith("normalized 9 records");
    Map<String, ConsumerRecord<byte[], byte[]>> written = byId(BROKER.readCommitted(out));
    assertThat(written).containsOnlyKeys(ids);
    for (int i = 0; i < ids.size(); i++) {
      ConsumerRecord<byte[], byte[]> record = written.get(ids.get(i));
      assertThat(NpyReader.read(record.value(), ids.get(i)).values()).isEqualTo(expected.get(i));
      assertThat(header(record, "numBatchesTracked")).isEqualTo(Integer.toString(i / 3 + 1));
    }
  }

  @Test
  void commandsFromATopicDoNotGoWithSlices() {
    String in = topic("commanded", 1);
    String control = topic("commands", 1);

    run(
            "--input=kafka:" + in,
            "--output=none",
            "--control=kafka:" + control,
            "--channels-per-slice=2")
        .refused(
            "batchnorm run",
            "--channels-per-slice does not go with --control kafka:TOPIC, whose commands would act"
                + " between other batches in each slice; give --control jsonl:FILE or"
                + " --freeze-after");
  }
}
