package io.batchnorm.types;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Affine;
import io.batchnorm.core.ExactChannel;
import io.batchnorm.core.ExactMoments;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InputRank;
import io.batchnorm.core.LayerState;
import io.batchnorm.core.RunningStatistics;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.junit.jupiter.api.Test;

/** The bytes of the newest versions, by hand from the tables at the serializers. */
class ByteLayoutTest {
  private static final RunningStatistics STATISTICS =
      RunningStatistics.of(3, 12, new double[] {0.5, -1}, new double[] {2, 0.25});

  private static final String STATISTICS_HEAD = "0000000000000003 000000000000000c 00000002";
  private static final String STATISTICS_BODY =
      "3fe0000000000000 bff0000000000000 4000000000000000 3fd0000000000000";

  @Test
  void featureMapIsRankSizesAndValues() throws Exception {
    FeatureMap map = FeatureMap.of(new float[] {1.5f, -2}, 1, 2, 1);

    assertLayout(
        new FeatureMapSerializer(), map, "03", "00000001 00000002 00000001", "0000c03f 000000c0");
  }

  @Test
  void runningStatisticsAreCountsChannelsFlagsMeanAndVariance() throws Exception {
    assertLayout(
        new RunningStatisticsSerializer(), STATISTICS, STATISTICS_HEAD, "00", STATISTICS_BODY);
  }

  @Test
  void weightAndBiasFollowTheVarianceWhereFlagged() throws Exception {
    float[] weight = {1, 2};
    float[] bias = {-1, 0.5f};

    assertLayout(
        new RunningStatisticsSerializer(),
        STATISTICS.withAffine(Affine.of(weight, null)),
        STATISTICS_HEAD,
        "01",
        STATISTICS_BODY,
        "3f800000 40000000");
    assertLayout(
        new RunningStatisticsSerializer(),
        STATISTICS.withAffine(Affine.of(null, bias)),
        STATISTICS_HEAD,
        "02",
        STATISTICS_BODY,
        "bf800000 3f000000");
    assertLayout(
        new RunningStatisticsSerializer(),
        STATISTICS.withAffine(Affine.of(weight, bias)),
        STATISTICS_HEAD,
        "03",
        STATISTICS_BODY,
        "3f800000 40000000",
        "bf800000 3f000000");
  }

  @Test
  void unknownCountIsMinusOne() throws Exception {
    assertLayout(
        new RunningStatisticsSerializer(),
        RunningStatistics.of(
            1, RunningStatistics.UNKNOWN_COUNT, new double[] {0}, new double[] {1}),
        "0000000000000001 ffffffffffffffff 00000001 00",
        "0000000000000000 3ff0000000000000");
  }

  @Test
  void keyStateIsCountersWaitingDirectivesFlagsRankAndStatistics() throws Exception {
    LayerState layer = LayerState.of(STATISTICS, InputRank.TWO_D, true);

    assertLayout(
        new KeyStateSerializer(),
        KeyState.of(layer, 5, 9, new long[] {4, 7}),
        "0000000000000005 0000000000000009",
        "00000002 0000000000000004 0000000000000007",
        "03 02",
        STATISTICS_HEAD,
        "00",
        STATISTICS_BODY);
  }

  @Test
  void keyStateThatLearnedNothingHasNoStatistics() throws Exception {
    assertLayout(
        new KeyStateSerializer(),
        KeyState.of(LayerState.NEW, 0, 1, new long[0]),
        "0000000000000000 0000000000000001 00000000 00 00");
  }

  @Test
  void everyInputRankHasItsCode() throws Exception {
    String before = "0000000000000000 0000000000000000 00000000 00";

    assertLayout(new KeyStateSerializer(), ofRank(InputRank.ONE_D), before, "01");
    assertLayout(new KeyStateSerializer(), ofRank(InputRank.TWO_D), before, "02");
    assertLayout(new KeyStateSerializer(), ofRank(InputRank.THREE_D), before, "03");
  }

  private static KeyState ofRank(InputRank rank) {
    return KeyState.of(LayerState.of(null, rank, false), 0, 0, new long[0]);
  }

  @Test
  void directiveIsCommandKeyBatchesAndStatisticsToLoad() throws Exception {
    assertLayout(
        new DirectiveSerializer(), Directive.freeze("cam"), "01", "04 63616d", "0000000000000000");
    assertLayout(
        new DirectiveSerializer(), Directive.unfreeze("*"), "02", "02 2a", "0000000000000000");
    assertLayout(
        new DirectiveSerializer(),
        Directive.reset("ß").afterBatches(1000),
        "03",
        "02 df01",
        "00000000000003e8");
    assertLayout(
        new DirectiveSerializer(),
        Directive.load("", STATISTICS),
        "04",
        "01",
        "0000000000000000",
        STATISTICS_HEAD,
        "00",
        STATISTICS_BODY);
  }

  @Test
  void exactMomentsAreCountsAndTwoSumsOfEachChannel() throws Exception {
    ExactChannel three = ExactChannel.of(1.5).plus(ExactChannel.of(1.5)).plus(ExactChannel.NULL);

    assertLayout(
        new ExactMomentsSerializer(),
        ExactMoments.of(three, ExactChannel.of(-256L), ExactChannel.of(Double.NaN)),
        "00000003",
        "0000000000000002 0000000000000001 0000000000000000 0000000000000000 0000000000000000",
        "00000000 0001 03",
        "ffffffff 0001 09",
        "0000000000000001 0000000000000000 0000000000000000 0000000000000000 0000000000000000",
        "00000008 0001 ff",
        "00000010 0001 01",
        "0000000000000000 0000000000000000 0000000000000001 0000000000000000 0000000000000000",
        "00000000 0001 00",
        "00000000 0001 00");
  }

  private static <T> void assertLayout(TypeSerializer<T> serializer, T value, String... hex)
      throws Exception {
    assertThat(Bytes.of(serializer, value)).isEqualTo(Bytes.hex(hex));
    assertThat(Bytes.read(serializer, Bytes.hex(hex))).isEqualTo(value);
  }
}
