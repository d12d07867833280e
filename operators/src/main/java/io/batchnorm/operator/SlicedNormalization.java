package io.batchnorm.operator;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.BatchPart;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import io.batchnorm.types.SlicePart;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/**
 * Wires sliced layers: batches of a key are cut in one place, their slices normalized in many, and
 * put together again where whole ones are wanted.
 */
final class SlicedNormalization {
  /** Behind the uid, of the operator that leads the slices. */
  static final String SLICER = "-slicer";

  private final String uid;
  private final SingleOutputStreamOperator<BatchPiece> slices;
  private final DataStream<RejectedRecord> rejected;

  /**
   * @param partitioned whether batches are cut where they are made, in as many subtasks
   * @param width channels of a slice
   */
  SlicedNormalization(
      KeyedStream<FeatureBatch, String> batches,
      boolean partitioned,
      BatchNormSettings settings,
      int width,
      String uid) {
    this.uid = uid;
    SingleOutputStreamOperator<BatchPart> cut =
        batches
            .process(new SliceFunction(settings, width))
            .returns(BatchNormTypes.BATCH_PART)
            .uid(uid + SLICER)
            .name(uid + SLICER);
    if (partitioned) {
      cut.setParallelism(batches.getParallelism());
    }
    rejected = cut.getSideOutput(SideOutput.REJECTED);
    slices =
        cut.keyBy(part -> ((SlicePart) part).sliceKey(), Types.STRING)
            .transform(
                uid,
                BatchNormTypes.BATCH_PIECE,
                new SliceOperator(settings.config(), settings.mode(), width))
            .uid(uid);
  }

  DataStream<BatchPiece> slices() {
    return slices;
  }

  DataStream<RejectedRecord> rejected() {
    return rejected;
  }

  /** Whole batches, in the order of each key. */
  DataStream<NormalizedBatch> whole() {
    return slices
        .<BatchPiece>flatMap((slice, out) -> CutFunction.cut(slice.ofWhole(), out))
        .returns(BatchNormTypes.BATCH_PIECE)
        .uid(uid + "-slice-cutter")
        .name(uid + "-slice-cutter")
        .setParallelism(slices.getParallelism())
        .keyBy(BatchPiece::key, Types.STRING)
        .transform(
            uid + "-slice-joiner",
            BatchNormTypes.NORMALIZED_BATCH,
            new JoinOperator<BatchPiece, NormalizedBatch>(
                /* inOrder= */ true, part -> ((BatchPiece) part).normalizedBatch()))
        .uid(uid + "-slice-joiner");
  }

  /** Whole statistics, in the order of each key. */
  DataStream<KeyStatistics> statistics() {
    return slices
        .getSideOutput(SliceOperator.STATISTICS)
        .keyBy(part -> part.f0.key(), Types.STRING)
        .process(new StatisticsJoinFunction())
        .returns(BatchNormTypes.KEY_STATISTICS)
        .uid(uid + "-statistics-joiner")
        .name(uid + "-statistics-joiner");
  }
}
