package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LayerTest {
  private static final FeatureMap GOOD = Maps.random(1, 8, 2, 3);
  private static final FeatureMap NEXT = Maps.random(2, 4, 2, 5);

  private final Layer training = new Layer(BatchNormConfig.defaults(), Mode.TRAIN);
  private final Layer serving = new Layer(BatchNormConfig.defaults(), Mode.EVAL);

  @Test
  void firstBatchFixesRankAndChannels() {
    Step step = training.apply(GOOD, LayerState.NEW);

    assertThat(step.mode()).isEqualTo(Mode.TRAIN);
    assertThat(step.numBatchesTracked()).isEqualTo(1);
    assertThat(step.next().inputRank()).contains(InputRank.ONE_D);
    assertThat(step.next().statistics().orElseThrow().numFeatures()).isEqualTo(2);
    assertThat(step.next().frozen()).isFalse();
  }

  @Test
  void trainsLikeBatchNormStepByStep() {
    BatchNorm batchNorm = new BatchNorm(BatchNormConfig.defaults());
    TrainResult first = batchNorm.train(GOOD, RunningStatistics.initial(2));
    TrainResult second = batchNorm.train(NEXT, first.statistics());

    Step step = training.apply(NEXT, training.apply(GOOD, LayerState.NEW).next());

    assertThat(step.y()).isEqualTo(second.y());
    assertThat(step.next().statistics()).contains(second.statistics());
    assertThat(step.numBatchesTracked()).isEqualTo(2);
  }

  @Test
  void oneDimensionalLayerTakesRanksTwoAndThree() {
    Step step = training.apply(Maps.random(3, 4, 2), trained());

    assertThat(step.numBatchesTracked()).isEqualTo(2);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badBatches")
  void rejectionLeavesTheLayerSoThatTheNextBatchIsRight(RejectionReason reason, FeatureMap bad) {
    LayerState before = trained();
    LayerState copy = trained();

    assertRejected(reason, training, bad, before);

    assertThat(before).isEqualTo(copy);
    assertThat(before.statistics().orElseThrow().numBatchesTracked()).isEqualTo(1);
    Step next = training.apply(NEXT, before);
    assertThat(next.y()).isEqualTo(training.apply(NEXT, copy).y());
    assertThat(next.numBatchesTracked()).isEqualTo(2);
  }

  static Stream<Arguments> badBatches() {
    FeatureMap nan = Maps.random(4, 4, 2, 3);
    nan.values()[7] = Float.NaN;
    FeatureMap infinite = Maps.random(5, 4, 2, 3);
    infinite.values()[0] = Float.NEGATIVE_INFINITY;
    return Stream.of(
        Arguments.of(RejectionReason.WRONG_RANK, Maps.random(6, 4, 2, 3, 1)),
        Arguments.of(RejectionReason.WRONG_RANK, Maps.random(6, 4, 2, 3, 1, 1)),
        Arguments.of(RejectionReason.EMPTY_BATCH, FeatureMap.of(new float[0], 0, 2)),
        Arguments.of(RejectionReason.EMPTY_BATCH, FeatureMap.of(new float[0], 4, 2, 0)),
        Arguments.of(RejectionReason.EMPTY_BATCH, FeatureMap.of(new float[0], 4, 0)),
        Arguments.of(RejectionReason.ONE_VALUE_PER_CHANNEL, Maps.random(7, 1, 2)),
        Arguments.of(RejectionReason.ONE_VALUE_PER_CHANNEL, Maps.random(7, 1, 2, 1)),
        Arguments.of(RejectionReason.CHANNEL_MISMATCH, Maps.random(8, 4, 3)),
        Arguments.of(RejectionReason.CHANNEL_MISMATCH, Maps.random(8, 1, 1)),
        Arguments.of(RejectionReason.NON_FINITE, nan),
        Arguments.of(RejectionReason.NON_FINITE, infinite));
  }

  @Test
  void rejectedFirstBatchFixesNothing() {
    assertRejected(
        RejectionReason.ONE_VALUE_PER_CHANNEL, training, Maps.random(9, 1, 5), LayerState.NEW);

    Step step = training.apply(Maps.random(9, 2, 7, 2, 2), LayerState.NEW);

    assertThat(step.next().inputRank()).contains(InputRank.TWO_D);
    assertThat(step.numBatchesTracked()).isEqualTo(1);
  }

  @Test
  void aThousandBatchesLeaveAFrozenLayerAsItWas() {
    LayerState frozen = trained().freeze();

    LayerState state = frozen;
    for (int i = 0; i < 1000; i++) {
      Step step = training.apply(Maps.random(i, 1 + i % 7, 2, 3), state);
      assertThat(step.mode()).isEqualTo(Mode.EVAL);
      assertThat(step.numBatchesTracked()).isEqualTo(1);
      state = step.next();
    }

    assertThat(state).isSameAs(frozen);
    assertThat(state).isEqualTo(trained().freeze());
  }

  @Test
  void frozenLayerNormalizesByItsStatistics() {
    LayerState frozen = trained().freeze();
    RunningStatistics statistics = frozen.statistics().orElseThrow();

    Step step = training.apply(NEXT, frozen);

    assertThat(step.y())
        .isEqualTo(new BatchNorm(BatchNormConfig.defaults()).eval(NEXT, statistics));
  }

  @Test
  void unfrozenLayerLearnsOnFromWhereItStopped() {
    LayerState frozen = training.apply(NEXT, trained().freeze()).next();

    Step step = training.apply(NEXT, frozen.unfreeze());

    assertThat(step.next()).isEqualTo(training.apply(NEXT, trained()).next());
  }

  @Test
  void evalModeNeverLearnsEvenWhereTheStateIsNotFrozen() {
    LayerState state = trained();

    Step step = serving.apply(NEXT, state);

    assertThat(step.mode()).isEqualTo(Mode.EVAL);
    assertThat(step.numBatchesTracked()).isEqualTo(1);
    assertThat(step.next()).isSameAs(state);
  }

  @Test
  void evalModeTakesOneValuePerChannel() {
    assertThat(serving.apply(Maps.random(1, 1, 2), trained()).y().shape()).containsExactly(1, 2);
  }

  @Test
  void evalModeRejectsAKeyThatHasLearnedNothing() {
    assertRejected(RejectionReason.NO_STATISTICS, serving, GOOD, LayerState.NEW);
    assertRejected(RejectionReason.NO_STATISTICS, training, GOOD, LayerState.NEW.freeze());
    assertRejected(
        RejectionReason.NO_STATISTICS,
        serving,
        GOOD,
        LayerState.of(RunningStatistics.initial(2), null, false));
  }

  @Test
  void initialPolicyNormalizesAnUnknownKeyLikePytorchAndRemembersItsRankAlone() {
    BatchNormConfig config = BatchNormConfig.builder().unknownKey(UnknownKey.INITIAL).build();

    Step step = new Layer(config, Mode.EVAL).apply(Maps.filled(2, 1, 3), LayerState.NEW);

    assertThat(step.y().values()).containsOnly((float) (2 / Math.sqrt(1 + 1e-5)));
    assertThat(step.numBatchesTracked()).isZero();
    assertThat(step.next()).isEqualTo(LayerState.of(null, InputRank.ONE_D, false));
  }

  @Test
  void withoutTrackingEvalNormalizesByTheBatchAndLearnsNothing() {
    BatchNormConfig config = BatchNormConfig.builder().trackRunningStatistics(false).build();
    FeatureMap y = training.apply(GOOD, LayerState.NEW).y();

    Step trained = new Layer(config, Mode.TRAIN).apply(GOOD, LayerState.NEW);
    Step evaluated = new Layer(config, Mode.EVAL).apply(GOOD, LayerState.NEW);

    assertThat(trained.y()).isEqualTo(y);
    assertThat(trained.numBatchesTracked()).isZero();
    assertThat(evaluated.y()).isEqualTo(y);
    assertRejected(
        RejectionReason.ONE_VALUE_PER_CHANNEL,
        new Layer(config, Mode.EVAL),
        Maps.random(1, 1, 2),
        LayerState.NEW);
  }

  @Test
  void withoutAffineLoadedWeightAndBiasAreNotApplied() {
    BatchNormConfig config = BatchNormConfig.builder().affine(false).build();
    Affine affine = Affine.of(new float[] {5, 6}, new float[] {7, 8});
    RunningStatistics loaded = RunningStatistics.initial(2).withAffine(affine);

    Step step = new Layer(config, Mode.TRAIN).apply(GOOD, LayerState.of(loaded, null, false));

    assertThat(step.y()).isEqualTo(training.apply(GOOD, LayerState.NEW).y());
    assertThat(step.next().statistics().orElseThrow().affine()).contains(affine);
  }

  private LayerState trained() {
    return training.apply(GOOD, LayerState.NEW).next();
  }

  private static void assertRejected(
      RejectionReason reason, Layer layer, FeatureMap x, LayerState state) {
    assertThatExceptionOfType(InvalidBatchException.class)
        .isThrownBy(() -> layer.apply(x, state))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(reason))
        .satisfies(e -> assertThat(e.getStackTrace()).isEmpty());
  }
}
