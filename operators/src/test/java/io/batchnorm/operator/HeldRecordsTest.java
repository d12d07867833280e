package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.types.FeatureBatch;
import java.util.List;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.Test;

class HeldRecordsTest {
  private static StreamRecord<FeatureBatch> record(String key, int number) {
    return new StreamRecord<>(Batches.of(key, number), number);
  }

  private static StreamRecord<FeatureBatch> recordOfIds(String... ids) {
    return new StreamRecord<>(
        new FeatureBatch("camera", List.of(ids), Batches.map(1, ids.length, 3)));
  }

  @Test
  void releasesTheRecordsOfAKeyInTheirOrderAndOnce() {
    HeldRecords held = new HeldRecords(10);
    held.hold(record("camera", 1));
    held.hold(record("sensor", 2));
    held.hold(record("camera", 3));

    assertThat(held.keys()).containsExactly("camera", "sensor");
    assertThat(held.release("camera")).containsExactly(record("camera", 1), record("camera", 3));
    assertThat(held.release("camera")).isEmpty();
    assertThat(held.all()).containsExactly(record("sensor", 2));
    assertThat(held.getValue()).isOne();
  }

  @Test
  void everyIdOfABatchTakesUpRoom() {
    HeldRecords held = new HeldRecords(3);

    assertThat(held.hold(recordOfIds("a", "b"))).isTrue();
    assertThat(held.hold(recordOfIds("c", "d"))).isFalse();
    assertThat(held.hold(recordOfIds("e"))).isTrue();
    assertThat(held.hold(recordOfIds("f"))).isFalse();

    assertThat(held.getValue()).isEqualTo(3);
    assertThat(held.all()).containsExactly(recordOfIds("a", "b"), recordOfIds("e"));
  }

  @Test
  void holdsNothingIfThereIsNoRoomAtAll() {
    assertThat(new HeldRecords(0).hold(recordOfIds("a"))).isFalse();
  }

  @Test
  void whatWasHeldBeforeStaysThoughItIsMoreThanTheLimit() {
    HeldRecords held = new HeldRecords(1);
    held.restore(recordOfIds("a", "b"));
    held.restore(recordOfIds("c"));

    assertThat(held.hold(recordOfIds("d"))).isFalse();
    assertThat(held.getValue()).isEqualTo(3);
    assertThat(held.release("camera")).hasSize(2);
    assertThat(held.hold(recordOfIds("d"))).isTrue();
  }

  @Test
  void keepsARecordAsItWasThoughItsStreamUsesTheObjectAgain() {
    HeldRecords held = new HeldRecords(10);
    StreamRecord<FeatureBatch> reused = record("camera", 1);
    held.hold(reused);

    reused.replace(Batches.of("camera", 2), 2);

    assertThat(held.all()).containsExactly(record("camera", 1));
  }
}
