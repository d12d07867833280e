package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.NonFinite;
import io.batchnorm.types.PendingBatch;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rest is told by what {@link MicroBatchFunctionTest} sees of it. */
class BatchingTest {
  private static final Batching BY_COUNT = Batching.of(3, null, NonFinite.REJECT);

  @ParameterizedTest
  @CsvSource({
    "3x32x32, 3 32 32, true",
    "3x32x32, 3 32, false",
    "3x32x32, 3 32 33, false",
    "3x32x32, 3 32 3, false",
    "3x32x32, 33 2 32, false",
    "3x32x32, 3 32 32 1, false",
    "33, 33, true",
    "33, 3, false",
    "33, 3 3, false",
    "3, 33, false",
    "1x1, 1 1, true",
    "1x1, 1, false",
    "12, 12, true",
    "'', 1, false",
    "4294967297, 1, false"
  })
  void takesSamplesOfTheShapeThatWaits(String waiting, String sizes, boolean takes) {
    FeatureMap sample = sampleOf(sizes);

    assertThat(BY_COUNT.takes(new PendingBatch(1, Long.MAX_VALUE, waiting), sample, null))
        .isEqualTo(takes);
  }

  @ParameterizedTest
  @CsvSource({"3 32 32", "1", "12 7", "1 2 3 4", "65536"})
  void whatOpensABatchIsTakenByIt(String sizes) {
    FeatureMap sample = sampleOf(sizes);
    PendingBatch opened = BY_COUNT.opened(sample, null);

    assertThat(opened).isEqualTo(new PendingBatch(1, Long.MAX_VALUE, sizes.replace(' ', 'x')));
    assertThat(BY_COUNT.takes(opened, sample, null)).isTrue();
  }

  @Test
  void isFullByCountAndDueByTime() {
    Batching batching = Batching.of(2, Duration.ofSeconds(1), NonFinite.REJECT);
    PendingBatch one = batching.opened(sampleOf("1"), 500L);

    assertThat(batching.isFull(one)).isFalse();
    assertThat(batching.isFull(one.withOneMore())).isTrue();
    assertThat(batching.isDue(one, 1499)).isFalse();
    assertThat(batching.isDue(one, 1500)).isTrue();
    assertThat(batching.takes(one, sampleOf("1"), 1499L)).isTrue();
    assertThat(batching.takes(one, sampleOf("1"), 1500L)).isFalse();
  }

  private static FeatureMap sampleOf(String sizes) {
    String[] all = ("1 " + sizes).split(" ");
    int[] shape = new int[all.length];
    int values = 1;
    for (int i = 0; i < all.length; i++) {
      shape[i] = Integer.parseInt(all[i]);
      values *= shape[i];
    }
    return FeatureMap.of(new float[values], shape);
  }
}
