package io.batchnorm.operator;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.BatchPart;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.FeatureBatch;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.DataStreamUtils;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.CheckpointConfig;

/** Partitions streams by key, or says that they are. */
final class Partitioning {
  private Partitioning() {}

  /**
   * A stream keyed by {@link FeatureBatch#key}.
   *
   * @param partitioned whether it is partitioned so already. A keyed stream still has its shuffle
   *     before it, which a forward edge would replace, so it is keyed anyway
   */
  static KeyedStream<FeatureBatch, String> byKey(
      DataStream<FeatureBatch> stream, boolean partitioned) {
    return shuffles(stream, partitioned)
        ? stream.keyBy(FeatureBatch::key, Types.STRING)
        : asIs(stream);
  }

  /** Whether {@link #byKey} goes through a shuffle, behind which every record is a copy. */
  static boolean shuffles(DataStream<FeatureBatch> stream, boolean partitioned) {
    return !partitioned || stream instanceof KeyedStream;
  }

  /**
   * The same, for batches of any size: where there is a shuffle, large ones cross it in pieces.
   * Those of a stream that is no operator's output, such as a union, are as large as they are: what
   * would cut them could not be chained to what makes them. So are those of a job whose checkpoints
   * are at least once: a restore would bring some pieces again without the others.
   */
  static KeyedStream<FeatureBatch, String> byKeyInPieces(
      DataStream<FeatureBatch> stream, boolean partitioned, String uid) {
    if (partitioned || !isCuttable(stream)) {
      return byKey(stream, partitioned);
    }
    SingleOutputStreamOperator<FeatureBatch> joined =
        cut(stream, uid)
            .keyBy(BatchPart::key, Types.STRING)
            .transform(
                uid + "-joiner",
                BatchNormTypes.FEATURE_BATCH,
                new JoinOperator<>(
                    /* inOrder= */ false,
                    part -> part instanceof BatchPiece piece ? piece.batch() : (FeatureBatch) part))
            .uid(uid + "-joiner");
    return asIs(joined);
  }

  /** Pieces by key, for an operator that puts them together itself. */
  static KeyedStream<BatchPart, String> piecesByKey(
      DataStream<FeatureBatch> stream, boolean partitioned, String uid) {
    DataStream<BatchPart> pieces = cut(stream, uid);
    return partitioned
        ? DataStreamUtils.reinterpretAsKeyedStream(pieces, BatchPart::key, Types.STRING)
        : pieces.keyBy(BatchPart::key, Types.STRING);
  }

  /** Whether what cuts batches can be chained to what makes them, and no piece comes twice. */
  static boolean isCuttable(DataStream<FeatureBatch> stream) {
    return stream instanceof SingleOutputStreamOperator && isExactlyOnce(stream);
  }

  /** Whether what comes behind the barrier of a checkpoint is never in that checkpoint. */
  static boolean isExactlyOnce(DataStream<?> stream) {
    CheckpointConfig checkpoints = stream.getExecutionEnvironment().getCheckpointConfig();
    return !checkpoints.isCheckpointingEnabled()
        || checkpoints.getCheckpointingConsistencyMode() == CheckpointingMode.EXACTLY_ONCE;
  }

  private static DataStream<BatchPart> cut(DataStream<FeatureBatch> stream, String uid) {
    return stream
        .flatMap(new CutFunction())
        .returns(BatchNormTypes.BATCH_PART)
        .uid(uid + "-cutter")
        .name(uid + "-cutter")
        .setParallelism(stream.getParallelism());
  }

  /**
   * Keyed without a shuffle, so that the operators stay in one chain. The method is experimental,
   * and the only public way to say that a stream is partitioned by its key already.
   */
  static KeyedStream<FeatureBatch, String> asIs(DataStream<FeatureBatch> stream) {
    return DataStreamUtils.reinterpretAsKeyedStream(stream, FeatureBatch::key, Types.STRING);
  }
}
