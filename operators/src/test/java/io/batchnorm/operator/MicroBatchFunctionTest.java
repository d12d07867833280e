package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.NonFinite;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.operator.MicroBatcher.Setup;
import io.batchnorm.types.FeatureBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MicroBatchFunctionTest {
  private static final String KEY = "camera";

  private static FeatureBatch sample(String key, int number) {
    return Batches.ofShape(key, number, 1, 3, 2);
  }

  private static String id(int number) {
    return KEY + "/" + number;
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void batchesByCountInOrderWithIdsAndValues(Backend backend) throws Exception {
    try (MicroBatcher batcher = Setup.of(backend, 3, 0).open()) {
      for (int i = 0; i < 7; i++) {
        batcher.sample(sample(KEY, i));
      }

      assertThat(batcher.ids())
          .containsExactly(List.of(id(0), id(1), id(2)), List.of(id(3), id(4), id(5)));
      FeatureMap second = batcher.batches().get(1).features();
      assertThat(second.shape()).containsExactly(3, 3, 2);
      for (int n = 0; n < 3; n++) {
        assertThat(second.sample(n)).isEqualTo(sample(KEY, 3 + n).features());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void keysDoNotMix(Backend backend) throws Exception {
    try (MicroBatcher batcher = Setup.of(backend, 2, 0).open()) {
      batcher.sample(sample("a", 0));
      batcher.sample(sample("b", 0));
      batcher.sample(sample("b", 1));
      batcher.sample(sample("a", 1));

      assertThat(batcher.batches()).extracting(FeatureBatch::key).containsExactly("b", "a");
      assertThat(batcher.ids()).containsExactly(List.of("b/0", "b/1"), List.of("a/0", "a/1"));
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void tellsOfEveryBatchThatHasToWaitAheadOfIt(Backend backend) throws Exception {
    try (MicroBatcher batcher = Setup.of(backend, 2, 0).tellingOpened().open()) {
      for (int i = 0; i < 5; i++) {
        batcher.sample(sample(KEY, i));
      }

      assertThat(batcher.batches())
          .extracting(OpenedBatch::is)
          .containsExactly(true, false, true, false, true);
    }
    try (MicroBatcher batcher = Setup.of(backend, 1, 0).tellingOpened().open()) {
      batcher.sample(sample(KEY, 0));

      assertThat(batcher.ids()).containsExactly(List.of(id(0)));
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void endOfInputFlushesWhatWaits(Backend backend) throws Exception {
    try (MicroBatcher batcher = Setup.of(backend, 4, 0).open()) {
      for (int i = 0; i < 6; i++) {
        batcher.sample(sample(KEY, i));
      }
      batcher.endOfInput();

      assertThat(batcher.ids().get(1)).containsExactly(id(4), id(5));
      assertThat(batcher.ids()).hasSize(2);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void watermarkAtTheDeadlineFlushes(Backend backend) throws Exception {
    try (MicroBatcher batcher = Setup.of(backend, 10, 100).open()) {
      batcher.sample(sample(KEY, 0), 1000);
      batcher.sample(sample(KEY, 1), 1050);
      batcher.watermark(1099);
      assertThat(batcher.batches()).isEmpty();

      batcher.watermark(1100);

      assertThat(batcher.ids()).containsExactly(List.of(id(0), id(1)));
      assertThat(batcher.timers()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void sampleAtTheDeadlineOpensTheNextBatchWithoutAWatermark(Backend backend) throws Exception {
    try (MicroBatcher batcher = Setup.of(backend, 10, 100).open()) {
      batcher.sample(sample(KEY, 0), 1000);
      batcher.sample(sample(KEY, 1), 1099);
      batcher.sample(sample(KEY, 2), 1100);

      assertThat(batcher.ids()).containsExactly(List.of(id(0), id(1)));
      batcher.watermark(1199);
      assertThat(batcher.batches()).hasSize(1);
      batcher.watermark(1200);
      assertThat(batcher.ids().get(1)).containsExactly(id(2));
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void batchesDoNotDependOnWhenWatermarksCome(Backend backend) throws Exception {
    Setup setup = Setup.of(backend, 4, 100);
    try (MicroBatcher never = setup.open();
        MicroBatcher always = setup.open()) {
      for (int i = 0; i < 30; i++) {
        long timestamp = 20L * i + (i % 5 == 0 ? 60 : 0);
        never.sample(sample(KEY, i), Math.max(timestamp, 20L * (i - i % 5) + 60));
        always.sample(sample(KEY, i), Math.max(timestamp, 20L * (i - i % 5) + 60));
        always.watermark(20L * (i - i % 5) + 59);
      }
      never.endOfInput();
      always.endOfInput();

      assertThat(always.ids()).isEqualTo(never.ids()).hasSizeGreaterThan(7);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void fullBatchLeavesNoTimerThatCutsTheNext(Backend backend) throws Exception {
    try (MicroBatcher batcher = Setup.of(backend, 2, 100).open()) {
      batcher.sample(sample(KEY, 0), 1000);
      batcher.sample(sample(KEY, 1), 1010);
      batcher.sample(sample(KEY, 2), 1020);
      assertThat(batcher.timers()).isEqualTo(1);
      batcher.watermark(1100);
      assertThat(batcher.batches()).hasSize(1);

      batcher.sample(sample(KEY, 3), 1110);

      assertThat(batcher.ids().get(1)).containsExactly(id(2), id(3));
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void changeOfShapeFlushesWhatWaits(Backend backend) throws Exception {
    try (MicroBatcher batcher = Setup.of(backend, 3, 0).open()) {
      batcher.sample(sample(KEY, 0));
      batcher.sample(sample(KEY, 1));
      batcher.sample(Batches.ofShape(KEY, 2, 1, 6));
      batcher.sample(Batches.ofShape(KEY, 3, 1, 3, 2, 1));
      batcher.endOfInput();

      assertThat(batcher.ids())
          .containsExactly(List.of(id(0), id(1)), List.of(id(2)), List.of(id(3)));
      assertThat(batcher.batches().get(2).features().shape()).containsExactly(1, 3, 2, 1);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void sampleWithNanIsRejectedAloneAndSpoilsNoBatch(Backend backend) throws Exception {
    try (MicroBatcher batcher = Setup.of(backend, 2, 0).open()) {
      batcher.sample(sample(KEY, 0));
      batcher.sample(Batches.spoiled(sample(KEY, 1), Float.NaN));
      batcher.sample(sample(KEY, 2));

      assertThat(batcher.ids()).containsExactly(List.of(id(0), id(2)));
      assertThat(batcher.rejected())
          .singleElement()
          .satisfies(
              record -> {
                assertThat(record.id()).isEqualTo(id(1));
                assertThat(record.reason()).isEqualTo(RejectionReason.NON_FINITE);
              });
      assertThat(batcher.counter("rejected_non_finite")).isEqualTo(1);
    }
  }

  /** Every bit of it: state on RocksDB is bytes, state on the heap is the array itself. */
  @ParameterizedTest
  @EnumSource(Backend.class)
  void nanPassesWithItsBitsWhereItMay(Backend backend) throws Exception {
    float nan = Float.intBitsToFloat(0xffc12345);
    try (MicroBatcher batcher = new Setup(backend, 2, 0, NonFinite.PROPAGATE, false, 100).open()) {
      batcher.sample(Batches.spoiled(sample(KEY, 0), nan));
      batcher.sample(sample(KEY, 1));

      float[] values = batcher.batches().get(0).features().values();
      assertThat(Float.floatToRawIntBits(values[3])).isEqualTo(0xffc12345);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void whatIsNoSingleSampleIsRejected(Backend backend) throws Exception {
    FeatureMap pair = Batches.ofShape(KEY, 0, 2, 3).features();
    try (MicroBatcher batcher = Setup.of(backend, 2, 0).open()) {
      batcher.sample(FeatureBatch.of(KEY, "pair", pair));
      batcher.sample(new FeatureBatch(KEY, List.of("a", "b"), pair));
      batcher.sample(Batches.ofShape(KEY, 1, 0, 3));
      batcher.sample(Batches.ofShape(KEY, 2, 1, 0));
      batcher.endOfInput();

      assertThat(batcher.batches()).isEmpty();
      assertThat(batcher.rejected())
          .extracting(record -> record.id() + " " + record.reason().code())
          .containsExactly(
              "pair malformed_input",
              "a malformed_input",
              "b malformed_input",
              id(1) + " malformed_input",
              id(2) + " empty_batch");
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void timeoutWithoutTimestampsFailsAndSaysWhatToDo(Backend backend) throws Exception {
    try (MicroBatcher batcher = Setup.of(backend, 2, 100).open()) {
      assertThatThrownBy(() -> batcher.sample(sample(KEY, 0)))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("assign timestamps and watermarks");
    }
  }

  @ParameterizedTest
  @CsvSource({"HASHMAP, 0", "HASHMAP, 70", "ROCKSDB, 0", "ROCKSDB, 70"})
  void restoreInTheMiddleOfABatchIsAsIfNeverStopped(Backend backend, long timeout)
      throws Exception {
    Setup setup = Setup.of(backend, 4, timeout);
    Map<String, List<FeatureBatch>> expected;
    try (MicroBatcher never = setup.open()) {
      play(never, 0, 11);
      never.endOfInput();
      expected = byKey(never.batches());
    }
    for (int stop = 1; stop < 11; stop++) {
      try (MicroBatcher before = setup.open()) {
        play(before, 0, stop);
        try (MicroBatcher after = setup.restore(before.checkpoint())) {
          play(after, stop, 11);
          after.endOfInput();
          List<FeatureBatch> all = new ArrayList<>(before.batches());
          all.addAll(after.batches());

          assertThat(byKey(all)).isEqualTo(expected).hasSize(2);
        }
      }
    }
  }

  /** Timers of the same time fire in no order between keys. */
  private static Map<String, List<FeatureBatch>> byKey(List<FeatureBatch> batches) {
    return batches.stream().collect(Collectors.groupingBy(FeatureBatch::key));
  }

  private static void play(MicroBatcher batcher, int from, int to) throws Exception {
    for (int i = from; i < to; i++) {
      for (String key : Arrays.asList(KEY, "sensor")) {
        batcher.sample(sample(key, i), 25L * i);
      }
      batcher.watermark(25L * i - 1);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void batchGoesOnBeforeASampleThatWouldMakeItTooLarge(Backend backend) throws Exception {
    int three = 3 * sample(KEY, 0).features().values().length;
    try (MicroBatcher batcher = new Setup(backend, 9, 0, NonFinite.REJECT, false, three).open()) {
      for (int i = 0; i < 4; i++) {
        batcher.sample(sample(KEY, i));
      }
      batcher.endOfInput();

      assertThat(batcher.ids()).containsExactly(List.of(id(0), id(1), id(2)), List.of(id(3)));
      assertThat(batcher.rejected()).isEmpty();
    }
  }
}
