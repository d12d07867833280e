package io.batchnorm.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Mode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeatureBatchTest {
  private static final FeatureMap THREE = AwkwardValues.random(3, 2);
  private static final FeatureMap NONE = FeatureMap.of(new float[0], 0, 2);

  @Test
  void hasOneIdOrOneForEachSample() {
    assertThat(new FeatureBatch("k", List.of("a"), THREE).ids()).containsExactly("a");
    assertThat(new FeatureBatch("k", List.of("a", "b", "c"), THREE).ids()).hasSize(3);
    assertThat(FeatureBatch.of("k", "a", NONE).ids()).containsExactly("a");
  }

  @Test
  void refusesAnyOtherNumberOfIds() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FeatureBatch("k", List.of("a", "b"), THREE))
        .withMessage("FeatureMap[3, 2] has 2 ids, wanted 1, or one for each of its 3 samples");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new NormalizedBatch("k", List.of("a", "b"), THREE, Mode.TRAIN, 1));
  }

  /** It could be neither normalized nor rejected: nobody could say what became of it. */
  @Test
  void refusesABatchWithoutAnyIdEvenIfItIsEmpty() {
    assertThatIllegalArgumentException().isThrownBy(() -> new FeatureBatch("k", List.of(), NONE));
  }

  @Test
  void keepsItsOwnIds() {
    List<String> ids = new ArrayList<>(List.of("a", "b", "c"));
    FeatureBatch batch = new FeatureBatch("k", ids, THREE);

    ids.set(0, "changed");

    assertThat(batch.ids()).containsExactly("a", "b", "c");
  }
}
