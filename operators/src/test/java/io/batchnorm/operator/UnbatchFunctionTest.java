package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Mode;
import io.batchnorm.types.NormalizedBatch;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.junit.jupiter.api.Test;

class UnbatchFunctionTest {
  private static List<NormalizedBatch> unbatched(NormalizedBatch batch) {
    List<NormalizedBatch> samples = new ArrayList<>();
    new UnbatchFunction().flatMap(batch, new ListCollector<>(samples));
    return samples;
  }

  @Test
  void givesEachIdBackWithItsOwnValues() {
    FeatureMap features =
        FeatureMap.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 3, 2, 2);

    List<NormalizedBatch> samples =
        unbatched(new NormalizedBatch("camera", List.of("x", "y", "z"), features, Mode.TRAIN, 7));

    assertThat(samples)
        .containsExactly(
            sample("x", 1, 2, 3, 4), sample("y", 5, 6, 7, 8), sample("z", 9, 10, 11, 12));
  }

  private static NormalizedBatch sample(String id, float... values) {
    FeatureMap features = FeatureMap.of(values, 1, 2, 2);
    return new NormalizedBatch("camera", List.of(id), features, Mode.TRAIN, 7);
  }

  @Test
  void batchOfOneSampleIsThatSample() {
    NormalizedBatch one = sample("x", 1, 2, 3, 4);

    assertThat(unbatched(one)).containsExactly(one);
  }
}
