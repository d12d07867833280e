package io.batchnorm.types;

import io.batchnorm.core.Affine;
import io.batchnorm.core.ExactChannel;
import io.batchnorm.core.ExactMoments;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InputRank;
import io.batchnorm.core.LayerState;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.Slice;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Values that serializers get wrong: empty, odd, not finite, not ASCII, larger than a chunk. */
final class AwkwardValues {
  static final float QUIET_NAN_WITH_PAYLOAD = Float.intBitsToFloat(0xffc12345);
  static final double DOUBLE_NAN_WITH_PAYLOAD = Double.longBitsToDouble(0xfff8000012345678L);

  private AwkwardValues() {}

  static String[] strings() {
    return new String[] {
      "",
      "camera-1",
      "\0",
      "Straße/鍵/ключ/🔑",
      "unpaired \ud83d high",
      "\udd11 unpaired low",
      "x".repeat(127),
      "\uffff".repeat(20_000)
    };
  }

  static FeatureMap[] featureMaps() {
    return new FeatureMap[] {
      FeatureMap.of(new float[0], 0, 3),
      FeatureMap.of(new float[0], 2, 0, 4),
      FeatureMap.of(new float[] {-0f}, 1, 1),
      FeatureMap.of(new float[] {Float.NaN, QUIET_NAN_WITH_PAYLOAD, Float.POSITIVE_INFINITY}, 1, 3),
      FeatureMap.of(
          new float[] {Float.NEGATIVE_INFINITY, Float.MIN_VALUE, Float.MAX_VALUE, 1}, 1, 2, 2),
      random(1, 63),
      random(1, 64),
      random(5, 13),
      random(3, 683),
      random(2, 3, 7, 61),
      random(2, 3, 5, 7, 11),
      withNotFinite(random(1, 3, 2731))
    };
  }

  static RunningStatistics[] statistics() {
    RunningStatistics one = RunningStatistics.of(3, 12, new double[] {0.5}, new double[] {2});
    return new RunningStatistics[] {
      RunningStatistics.initial(0),
      RunningStatistics.initial(3),
      one,
      one.withAffine(Affine.of(new float[] {-0f}, null)),
      one.withAffine(Affine.of(null, new float[] {Float.NaN})),
      one.withAffine(Affine.of(new float[] {2}, new float[] {3})),
      RunningStatistics.of(
          RunningStatistics.MAX_BATCHES,
          RunningStatistics.UNKNOWN_COUNT,
          new double[] {Double.NaN, DOUBLE_NAN_WITH_PAYLOAD, Double.NEGATIVE_INFINITY, -0.0},
          new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.MIN_VALUE, 0}),
      large(1023),
      large(1024).withAffine(Affine.of(random(1, 1024).values(), random(1, 1024).values())),
      large(2733).withAffine(Affine.of(null, random(1, 2733).values()))
    };
  }

  static FeatureBatch[] featureBatches() {
    return Stream.concat(
            Arrays.stream(featureMaps()).map(map -> FeatureBatch.of("k", "i", map)),
            Arrays.stream(strings())
                .map(text -> new FeatureBatch(text, List.of(text, "b"), random(2, 3))))
        .toArray(FeatureBatch[]::new);
  }

  static NormalizedBatch[] normalizedBatches() {
    return Arrays.stream(featureBatches())
        .flatMap(
            batch ->
                Stream.of(
                    new NormalizedBatch(batch.key(), batch.ids(), batch.features(), Mode.TRAIN, 1),
                    new NormalizedBatch(
                        batch.key(), batch.ids(), batch.features(), Mode.EVAL, Long.MAX_VALUE)))
        .toArray(NormalizedBatch[]::new);
  }

  static RejectedRecord[] rejectedRecords() {
    return Stream.concat(
            Arrays.stream(RejectionReason.values())
                .map(reason -> new RejectedRecord("", "i", reason, "message")),
            Arrays.stream(strings())
                .flatMap(
                    text -> {
                      var rejected =
                          new RejectedRecord(text, text, RejectionReason.NON_FINITE, text);
                      return Stream.of(rejected, rejected.from(new Origin(text, 3, 1L << 50)));
                    }))
        .toArray(RejectedRecord[]::new);
  }

  static KeyStatistics[] keyStatistics() {
    return Arrays.stream(statistics())
        .flatMap(
            s -> Stream.of(KeyStatistics.of("", s, true), new KeyStatistics("鍵", s, false, true)))
        .toArray(KeyStatistics[]::new);
  }

  static Directive[] directives() {
    return Stream.concat(
            Arrays.stream(statistics()).map(s -> Directive.load("*", s).afterBatches(7)),
            Arrays.stream(strings())
                .flatMap(
                    text ->
                        Stream.of(
                            Directive.freeze(text),
                            Directive.unfreeze(text).afterBatches(1),
                            Directive.reset(text).afterBatches(Long.MAX_VALUE))))
        .toArray(Directive[]::new);
  }

  static KeyState[] keyStates() {
    LayerState rankOnly = LayerState.of(null, InputRank.ONE_D, true);
    return Stream.concat(
            Stream.of(
                KeyState.NEW,
                KeyState.of(rankOnly, 1, 2, new long[] {3}),
                KeyState.of(LayerState.NEW, Long.MAX_VALUE, Long.MAX_VALUE, new long[1500])),
            Arrays.stream(statistics())
                .flatMap(
                    s ->
                        Arrays.stream(InputRank.values())
                            .map(rank -> LayerState.of(s, rank, rank == InputRank.TWO_D)))
                .map(layer -> KeyState.of(layer, 5, 9, new long[] {4, 6, 9})))
        .toArray(KeyState[]::new);
  }

  static BatchPiece[] batchPieces() {
    return Arrays.stream(featureBatches())
        .filter(batch -> batch.features().values().length > 0)
        .flatMap(AwkwardValues::pieces)
        .toArray(BatchPiece[]::new);
  }

  private static Stream<BatchPiece> pieces(FeatureBatch batch) {
    int channels = batch.features().numFeatures();
    Slice half = new Slice(1, channels / 2, channels);
    BatchPiece whole = BatchPiece.of(batch, Long.MIN_VALUE, Long.MAX_VALUE);
    BatchPiece slice = BatchPiece.of(batch, half, 5, 1L << 33);
    return Stream.of(
        whole,
        whole.channels(channels / 2, channels),
        whole.channels(0, 1),
        slice,
        slice.channels(channels - 1, channels),
        whole.rows(whole.toRow() - 1, whole.toRow()),
        slice.rows(0, 1).channels(channels - 1, channels),
        slice.normalized(slice.features(), Mode.ADAPT, 7));
  }

  static BatchPart[] batchParts() {
    Stream<SliceChange> changes =
        Arrays.stream(keyStates())
            .flatMap(
                state ->
                    Arrays.stream(SliceChange.Tell.values())
                        .map(
                            tell ->
                                new SliceChange(
                                    "\0" + tell,
                                    new Slice(3, 4, 4),
                                    4,
                                    1L << 40,
                                    tell == SliceChange.Tell.NOTHING,
                                    state.layer().frozen(),
                                    state.equals(KeyState.NEW) ? null : state.layer(),
                                    tell,
                                    tell == SliceChange.Tell.NOTHING ? 0 : 3)));
    return Stream.of(
            Arrays.stream(featureBatches()), Arrays.stream(batchPieces()).limit(20), changes)
        .flatMap(parts -> parts.map(part -> (BatchPart) part))
        .toArray(BatchPart[]::new);
  }

  static ExactMoments[] exactMoments() {
    ExactChannel extremes =
        ExactChannel.of(Double.MAX_VALUE)
            .plus(ExactChannel.of(Double.MIN_VALUE))
            .plus(ExactChannel.of(Double.NaN))
            .plus(ExactChannel.of(Double.POSITIVE_INFINITY))
            .plus(ExactChannel.of(Double.NEGATIVE_INFINITY));
    return new ExactMoments[] {
      ExactMoments.EMPTY,
      ExactMoments.of(ExactChannel.NULL),
      ExactMoments.of(ExactChannel.EMPTY, ExactChannel.of(Long.MIN_VALUE)),
      ExactMoments.of(extremes, extremes.negated()),
      ExactMoments.of(Collections.nCopies(3000, ExactChannel.of(0.1)).toArray(ExactChannel[]::new))
    };
  }

  static PendingBatch[] pendingBatches() {
    return new PendingBatch[] {
      new PendingBatch(1, Long.MIN_VALUE, ""),
      new PendingBatch(Integer.MAX_VALUE, Long.MAX_VALUE, "3x32x32"),
      new PendingBatch(0, 0, String.join("x", Collections.nCopies(5000, "1")))
    };
  }

  static FeatureMap random(int... shape) {
    SplittableRandom random = new SplittableRandom(Arrays.hashCode(shape));
    float[] values = new float[Arrays.stream(shape).reduce(1, Math::multiplyExact)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextDouble() * 2e3 - 1e3);
    }
    return FeatureMap.of(values, shape);
  }

  private static FeatureMap withNotFinite(FeatureMap map) {
    float[] values = map.values().clone();
    values[2047] = QUIET_NAN_WITH_PAYLOAD;
    values[2048] = Float.NEGATIVE_INFINITY;
    return FeatureMap.of(values, map.shape());
  }

  private static RunningStatistics large(int channels) {
    double[] mean = new double[channels];
    double[] var = new double[channels];
    for (int c = 0; c < channels; c++) {
      mean[c] = Math.sin(c) / 3;
      var[c] = c % 2 == 0 ? 1.0 / (c + 1) : DOUBLE_NAN_WITH_PAYLOAD;
    }
    return RunningStatistics.of(9, 1L << 40, mean, var);
  }
}
