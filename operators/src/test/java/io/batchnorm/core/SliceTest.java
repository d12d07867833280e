package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SliceTest {
  private static final RunningStatistics STATISTICS =
      RunningStatistics.of(3, 12, new double[] {1, 2, 3}, new double[] {4, 5, 6});

  private static List<Slice> all(int channels, int width) {
    List<Slice> slices = new ArrayList<>();
    for (int i = 0; i < Slice.count(channels, width); i++) {
      slices.add(Slice.of(i, width, channels));
    }
    return slices;
  }

  @Property
  void slicesCoverAllChannelsOnce(
      @ForAll @IntRange(min = 1, max = 5000) int channels,
      @ForAll @IntRange(min = 1, max = Integer.MAX_VALUE) int width) {
    List<Slice> slices = all(channels, Math.max(1, width % 6000));

    int next = 0;
    for (Slice slice : slices) {
      assertThat(slice.from()).isEqualTo(next);
      assertThat(slice.width()).isPositive();
      next = slice.to();
    }
    assertThat(next).isEqualTo(channels);
  }

  @Test
  void widthAndIndexAsLargeAsTheyMayBeDoNotOverflow() {
    assertThat(Slice.count(7, Integer.MAX_VALUE)).isEqualTo(1);
    assertThat(Slice.of(3, Integer.MAX_VALUE, 7)).isEqualTo(new Slice(3, 7, 7));
    assertThat(Slice.count(0, 4)).isZero();
  }

  @Test
  void statisticsOfSlicesPutTogetherAreThoseOfTheWhole() {
    RunningStatistics whole =
        STATISTICS.withAffine(Affine.of(new float[] {1, 2, 3}, new float[] {-1, -2, -3}));

    for (RunningStatistics statistics :
        List.of(STATISTICS, whole, STATISTICS.withAffine(Affine.of(null, new float[] {1, 2, 3})))) {
      assertThat(Slice.joined(all(3, 2).stream().map(slice -> slice.of(statistics)).toList()))
          .isEqualTo(statistics);
    }
  }

  @Test
  void statisticsThatDoNotBelongTogetherAreNotPutTogether() {
    RunningStatistics later = RunningStatistics.of(4, 16, new double[] {1}, new double[] {4});
    RunningStatistics affine =
        RunningStatistics.of(3, 12, new double[] {1}, new double[] {4})
            .withAffine(Affine.of(new float[] {1}, null));
    RunningStatistics biased = affine.withAffine(Affine.of(null, new float[] {1}));

    assertThatThrownBy(() -> Slice.joined(List.of(STATISTICS, later)))
        .hasMessageContaining("slices of 3 and 4 batches");
    assertThatThrownBy(() -> Slice.joined(List.of(affine, biased)))
        .hasMessageContaining("only some slices");
    assertThatThrownBy(() -> Slice.joined(List.of(affine, STATISTICS)))
        .hasMessageContaining("only some slices");
    assertThatThrownBy(() -> Slice.joined(List.of(STATISTICS, affine)))
        .hasMessageContaining("only some slices");
  }

  @Test
  void sliceThatALayerDoesNotReachRemembersNothingOfIt() {
    LayerState whole = LayerState.of(STATISTICS, InputRank.ONE_D, true);

    assertThat(Slice.of(2, 2, 3).of(whole)).isEqualTo(LayerState.of(null, InputRank.ONE_D, true));
    assertThat(Slice.of(1, 2, 3).of(whole).statistics()).contains(Slice.of(1, 2, 3).of(STATISTICS));
  }
}
