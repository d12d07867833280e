package io.batchnorm.types;

import io.batchnorm.core.Affine;
import io.batchnorm.core.ExactChannel;
import io.batchnorm.core.ExactMoments;
import io.batchnorm.core.ExactSum;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.InputRank;
import io.batchnorm.core.LayerState;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.Slice;
import java.math.BigInteger;
import java.util.List;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeutils.TypeSerializer;

/**
 * What a file under {@code src/test/resources/state} holds.
 *
 * @param file its name
 * @param serializer of today
 * @param value what must come out of it
 */
record FrozenValue<T>(String file, TypeSerializer<T> serializer, T value) {
  private static final FeatureMap MAP =
      FeatureMap.of(
          new float[] {
            0, -0f, 1.5f, -2, Float.MIN_VALUE, Float.NaN, Float.POSITIVE_INFINITY, 1e30f
          },
          2,
          2,
          1,
          2);
  private static final RunningStatistics STATISTICS =
      RunningStatistics.of(1234567890123L, 4567, new double[] {0.1, -3e100}, new double[] {1, 0})
          .withAffine(Affine.of(new float[] {2, 0.5f}, new float[] {-1, 3}));
  private static final RunningStatistics UNCOUNTED =
      RunningStatistics.of(
          7, RunningStatistics.UNKNOWN_COUNT, new double[] {Double.NaN}, new double[] {1e-300});
  private static final List<String> IDS = List.of("a/1", "Straße 鍵 🔑");

  private static final FeatureBatch BATCH = new FeatureBatch("camera-1", IDS, MAP);
  private static final NormalizedBatch NORMALIZED =
      new NormalizedBatch("camera-1", IDS, MAP, Mode.EVAL, 42);
  private static final BatchPiece PIECE =
      BatchPiece.of(BATCH, new Slice(1, 1, 2), 1L << 40, 17)
          .normalized(FeatureMap.of(new float[] {1, -2, 3, Float.NaN}, 2, 1, 1, 2), Mode.TRAIN, 42);
  private static final BatchPiece SECOND_SAMPLE = PIECE.rows(1, 2);

  private static final SliceChange CHANGE =
      new SliceChange(
          "camera-1",
          new Slice(2, 4, 6),
          6,
          17,
          true,
          true,
          LayerState.of(STATISTICS, InputRank.TWO_D, true),
          SliceChange.Tell.REPLACED,
          5);

  /** Far from 0, with all that is not finite; nulls alone; and more taken out than put in. */
  private static final ExactMoments EXACT =
      ExactMoments.of(
          new ExactChannel(
              3,
              2,
              1,
              4,
              5,
              ExactSum.of(300_000_003L),
              ExactSum.of(new BigInteger("30000000600000005"), 0)),
          new ExactChannel(0, 7, 0, 0, 0, ExactSum.ZERO, ExactSum.ZERO),
          ExactChannel.of(Double.MIN_VALUE).plus(ExactChannel.of(0.5)).negated());

  static Stream<FrozenValue<?>> all() {
    return Stream.of(
        new FrozenValue<>("feature-map-v1.bin", new FeatureMapSerializer(), MAP),
        new FrozenValue<>("feature-map-v2.bin", new FeatureMapSerializer(), MAP),
        new FrozenValue<>(
            "running-statistics-v1.bin", new RunningStatisticsSerializer(), STATISTICS),
        new FrozenValue<>(
            "running-statistics-uncounted-v1.bin", new RunningStatisticsSerializer(), UNCOUNTED),
        new FrozenValue<>("feature-batch-v1.bin", new FeatureBatchSerializer(), BATCH),
        new FrozenValue<>("feature-batch-v2.bin", new FeatureBatchSerializer(), BATCH),
        new FrozenValue<>("normalized-batch-v1.bin", new NormalizedBatchSerializer(), NORMALIZED),
        new FrozenValue<>("normalized-batch-v2.bin", new NormalizedBatchSerializer(), NORMALIZED),
        new FrozenValue<>(
            "rejected-record-v1.bin",
            new RejectedRecordSerializer(),
            new RejectedRecord("camera-1", "a/1", RejectionReason.NON_FINITE, "got NaN")),
        new FrozenValue<>(
            "rejected-record-v2.bin",
            new RejectedRecordSerializer(),
            new RejectedRecord("camera-1", "a/1", RejectionReason.NON_FINITE, "got NaN")
                .from(new Origin("readings", 2, 1L << 40))),
        new FrozenValue<>(
            "key-statistics-v1.bin",
            new KeyStatisticsSerializer(),
            KeyStatistics.of("camera-1", STATISTICS, true)),
        new FrozenValue<>(
            "directive-v1.bin",
            new DirectiveSerializer(),
            Directive.load("*", STATISTICS).afterBatches(1000)),
        new FrozenValue<>(
            "key-state-v1.bin",
            new KeyStateSerializer(),
            KeyState.of(
                LayerState.of(STATISTICS, InputRank.TWO_D, true), 99, 12, new long[] {3, 11})),
        new FrozenValue<>(
            "key-state-untrained-v1.bin",
            new KeyStateSerializer(),
            KeyState.of(LayerState.of(null, null, false), 0, 2, new long[0])),
        new FrozenValue<>(
            "pending-batch-v1.bin",
            new PendingBatchSerializer(),
            new PendingBatch(3, 1_700_000_000_000L, "3x32x32")),
        new FrozenValue<>("exact-moments-v1.bin", new ExactMomentsSerializer(), EXACT),
        new FrozenValue<>("batch-piece-v1.bin", new BatchPieceSerializer(), PIECE),
        new FrozenValue<>("batch-piece-v2.bin", new BatchPieceSerializer(), PIECE),
        new FrozenValue<>("batch-piece-v3.bin", new BatchPieceSerializer(), SECOND_SAMPLE),
        new FrozenValue<>("batch-part-batch-v1.bin", new BatchPartSerializer(), BATCH),
        new FrozenValue<>("batch-part-batch-v2.bin", new BatchPartSerializer(), BATCH),
        new FrozenValue<>("batch-part-batch-v3.bin", new BatchPartSerializer(), BATCH),
        new FrozenValue<>("batch-part-piece-v1.bin", new BatchPartSerializer(), PIECE),
        new FrozenValue<>("batch-part-piece-v2.bin", new BatchPartSerializer(), PIECE),
        new FrozenValue<>("batch-part-piece-v3.bin", new BatchPartSerializer(), SECOND_SAMPLE),
        new FrozenValue<>("batch-part-change-v1.bin", new BatchPartSerializer(), CHANGE),
        new FrozenValue<>("batch-part-change-v2.bin", new BatchPartSerializer(), CHANGE),
        new FrozenValue<>("batch-part-change-v3.bin", new BatchPartSerializer(), CHANGE));
  }

  @Override
  public String toString() {
    return file;
  }
}
