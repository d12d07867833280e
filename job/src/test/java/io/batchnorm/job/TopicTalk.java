package io.batchnorm.job;

import static io.batchnorm.job.TopicRecords.header;
import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.exchange.NpyReader;
import io.batchnorm.job.cluster.KafkaBroker;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Batches sent to a running job one by one, each of which is answered before the next is sent.
 * Every answer must be what core batch norm makes of it in the mode that it says.
 */
final class TopicTalk {
  private static final Duration DEADLINE = Duration.ofSeconds(60);

  /** So many batches are more than a command takes to arrive. */
  private static final int PATIENCE = 500;

  private final KafkaBroker broker;
  private final String in;
  private final String out;
  private final EagerModel model;
  private final Map<String, Integer> sent = new TreeMap<>();

  TopicTalk(KafkaBroker broker, String in, String out, EagerModel model) {
    this.broker = broker;
    this.in = in;
    this.out = out;
    this.model = model;
  }

  /** What became of a batch. */
  record Answer(String mode, long batches) {}

  /** The answer to one more batch of the key. */
  Answer next(String key) throws Exception {
    return until(key, answer -> true, () -> {});
  }

  /**
   * Sends batches of the key until a command has reached it.
   *
   * @param reached tells so by an answer
   * @param command does to the model what it did to the key, before that answer
   */
  Answer until(String key, Predicate<Answer> reached, Runnable command) throws Exception {
    for (int i = 0; i < PATIENCE; i++) {
      ConsumerRecord<byte[], byte[]> record = answer(key);
      String id = header(record, "id");
      Answer answer =
          new Answer(header(record, "mode"), Long.parseLong(header(record, "numBatchesTracked")));
      if (reached.test(answer)) {
        command.run();
      }
      FeatureMap batch = batch(key, id);
      float[] expected =
          answer.mode().equals("train") ? model.train(key, batch) : model.eval(key, batch);
      assertThat(NpyReader.read(record.value(), id).values()).as(key + id).isEqualTo(expected);
      assertThat(answer.batches())
          .as(key + id)
          .isEqualTo(model.statistics().get(key).numBatchesTracked());
      if (reached.test(answer)) {
        return answer;
      }
    }
    throw new AssertionError("no command reached " + key);
  }

  private ConsumerRecord<byte[], byte[]> answer(String key) {
    String id = "b" + sent.merge(key, 1, Integer::sum);
    FeatureMap batch = batch(key, id);
    broker.send(List.of(TopicRecords.npy(in, key, id, batch.values(), batch.shape())));
    return broker.awaitCommitted(out, all -> all.stream().anyMatch(is(key, id)), DEADLINE).stream()
        .filter(is(key, id))
        .findFirst()
        .orElseThrow();
  }

  private static Predicate<ConsumerRecord<byte[], byte[]>> is(String key, String id) {
    return record -> TopicRecords.key(record).equals(key) && header(record, "id").equals(id);
  }

  private static FeatureMap batch(String key, String id) {
    return TopicRecords.random(key, id, 4, 2);
  }
}
