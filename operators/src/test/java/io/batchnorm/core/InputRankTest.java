package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InputRankTest {
  @ParameterizedTest
  @CsvSource({"2, ONE_D", "3, ONE_D", "4, TWO_D", "5, THREE_D"})
  void isTheOneLayerThatTakesTheRank(int rank, InputRank expected) {
    FeatureMap x = ofRank(rank);

    assertThat(InputRank.of(x)).isEqualTo(expected);
    for (InputRank layer : InputRank.values()) {
      if (layer == expected) {
        assertThatCode(() -> layer.check(x)).doesNotThrowAnyException();
      } else {
        assertThatExceptionOfType(InvalidBatchException.class)
            .isThrownBy(() -> layer.check(x))
            .withMessageContaining("has rank %d, this layer takes", rank)
            .satisfies(e -> assertThat(e.reason()).isEqualTo(RejectionReason.WRONG_RANK));
      }
    }
  }

  private static FeatureMap ofRank(int rank) {
    int[] shape = new int[rank];
    Arrays.fill(shape, 1);
    return FeatureMap.of(new float[1], shape);
  }
}
