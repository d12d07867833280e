package io.batchnorm.operator;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** Wires whole layers: one keyed operator, with or without a control stream. */
final class KeyedNormalization {
  private KeyedNormalization() {}

  /**
   * @param partitioned whether the batches are partitioned by key already
   * @param control may be null
   */
  static SingleOutputStreamOperator<NormalizedBatch> of(
      DataStream<FeatureBatch> batches,
      boolean partitioned,
      DataStream<Directive> control,
      BatchNormSettings settings,
      String uid) {
    SingleOutputStreamOperator<NormalizedBatch> normalized =
        control == null
            ? Partitioning.byKeyInPieces(batches, partitioned, uid)
                .process(new BatchNormFunction(settings))
                .returns(BatchNormTypes.NORMALIZED_BATCH)
            : controlled(batches, partitioned, control, settings, uid);
    return normalized.uid(uid).name(uid);
  }

  private static SingleOutputStreamOperator<NormalizedBatch> controlled(
      DataStream<FeatureBatch> batches,
      boolean partitioned,
      DataStream<Directive> control,
      BatchNormSettings settings,
      String uid) {
    return Partitioning.isCuttable(batches)
        ? Partitioning.piecesByKey(batches, partitioned, uid)
            .connect(control.broadcast())
            .transform(
                uid, BatchNormTypes.NORMALIZED_BATCH, new JoiningControlledOperator(settings))
        : Partitioning.byKey(batches, partitioned)
            .connect(control.broadcast(DirectiveLog.DIRECTIVES))
            .process(new ControlledBatchNormFunction<>(settings))
            .returns(BatchNormTypes.NORMALIZED_BATCH);
  }
}
