package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ChannelDifferenceTest {
  private static RunningStatistics statistics(double mean, double var) {
    return RunningStatistics.of(1, 2, new double[] {mean}, new double[] {var});
  }

  private static ChannelDifference between(double meanA, double varA, double meanB, double varB) {
    return ChannelDifference.between(statistics(meanA, varA), statistics(meanB, varB)).get(0);
  }

  @Test
  void measuresTheShiftInStandardDeviationsOfBoth() {
    // Means 1 and 4, variances 2 and 16: 3 / sqrt(9).
    ChannelDifference difference = between(1, 2, 4, 16);

    assertThat(difference.meanShift()).isEqualTo(1.0);
    assertThat(difference.varRatio()).isEqualTo(8.0);
    assertThat(difference.distance()).isCloseTo(2.0794415416798357, within(1e-15));
  }

  @Test
  void equalStatisticsDoNotDiffer() {
    assertThat(between(3, 2, 3, 2).distance()).isZero();
    assertThat(between(3, 0, 3, 0).distance()).isZero();
  }

  @Test
  void withoutVarianceAnyShiftIsInfinite() {
    assertThat(between(1, 0, 0, 0).meanShift()).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(between(1, 0, 1, 2).distance()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(between(1, 2, 1, 0).distance()).isEqualTo(Double.POSITIVE_INFINITY);
  }

  @Test
  void goesChannelByChannel() {
    RunningStatistics a = RunningStatistics.of(1, 2, new double[] {0, 0}, new double[] {1, 1});
    RunningStatistics b = RunningStatistics.of(1, 2, new double[] {0, 2}, new double[] {1, 1});

    List<ChannelDifference> differences = ChannelDifference.between(a, b);

    assertThat(differences).extracting(ChannelDifference::channel).containsExactly(0, 1);
    assertThat(differences).extracting(ChannelDifference::meanShift).containsExactly(0.0, 2.0);
  }

  @Test
  void refusesLayersOfDifferentWidth() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ChannelDifference.between(statistics(0, 1), RunningStatistics.initial(2)))
        .withMessage("cannot compare statistics of 1 and 2 channels");
  }
}
