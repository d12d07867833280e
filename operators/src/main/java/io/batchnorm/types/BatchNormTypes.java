package io.batchnorm.types;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.RunningStatistics;
import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;

/**
 * Type information of everything that crosses the network or sits in state. Flink finds that of the
 * annotated records by itself; the others are named where a descriptor wants them.
 */
public final class BatchNormTypes {
  public static final TypeInformation<FeatureMap> FEATURE_MAP =
      new ImmutableType<>(FeatureMap.class, new FeatureMapSerializer());
  public static final TypeInformation<RunningStatistics> RUNNING_STATISTICS =
      new ImmutableType<>(RunningStatistics.class, new RunningStatisticsSerializer());
  public static final TypeInformation<FeatureBatch> FEATURE_BATCH =
      new ImmutableType<>(FeatureBatch.class, new FeatureBatchSerializer());
  public static final TypeInformation<NormalizedBatch> NORMALIZED_BATCH =
      new ImmutableType<>(NormalizedBatch.class, new NormalizedBatchSerializer());
  public static final TypeInformation<RejectedRecord> REJECTED_RECORD =
      new ImmutableType<>(RejectedRecord.class, new RejectedRecordSerializer());
  public static final TypeInformation<KeyStatistics> KEY_STATISTICS =
      new ImmutableType<>(KeyStatistics.class, new KeyStatisticsSerializer());
  public static final TypeInformation<Directive> DIRECTIVE =
      new ImmutableType<>(Directive.class, new DirectiveSerializer());
  public static final TypeInformation<KeyState> KEY_STATE =
      new ImmutableType<>(KeyState.class, new KeyStateSerializer());
  public static final TypeInformation<PendingBatch> PENDING_BATCH =
      new ImmutableType<>(PendingBatch.class, new PendingBatchSerializer());
  public static final TypeInformation<BatchPart> BATCH_PART =
      new ImmutableType<>(BatchPart.class, new BatchPartSerializer());
  public static final TypeInformation<BatchPiece> BATCH_PIECE =
      new ImmutableType<>(BatchPiece.class, new BatchPieceSerializer());

  private BatchNormTypes() {}

  /** Named by the annotation of {@link FeatureBatch}. */
  public static final class FeatureBatchFactory extends TypeInfoFactory<FeatureBatch> {
    @Override
    public TypeInformation<FeatureBatch> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> parameters) {
      return FEATURE_BATCH;
    }
  }

  /** Named by the annotation of {@link NormalizedBatch}. */
  public static final class NormalizedBatchFactory extends TypeInfoFactory<NormalizedBatch> {
    @Override
    public TypeInformation<NormalizedBatch> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> parameters) {
      return NORMALIZED_BATCH;
    }
  }

  /** Named by the annotation of {@link RejectedRecord}. */
  public static final class RejectedRecordFactory extends TypeInfoFactory<RejectedRecord> {
    @Override
    public TypeInformation<RejectedRecord> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> parameters) {
      return REJECTED_RECORD;
    }
  }

  /** Named by the annotation of {@link KeyStatistics}. */
  public static final class KeyStatisticsFactory extends TypeInfoFactory<KeyStatistics> {
    @Override
    public TypeInformation<KeyStatistics> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> parameters) {
      return KEY_STATISTICS;
    }
  }

  /** Named by the annotation of {@link Directive}. */
  public static final class DirectiveFactory extends TypeInfoFactory<Directive> {
    @Override
    public TypeInformation<Directive> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> parameters) {
      return DIRECTIVE;
    }
  }

  /** Named by the annotation of {@link BatchPiece}. */
  public static final class BatchPieceFactory extends TypeInfoFactory<BatchPiece> {
    @Override
    public TypeInformation<BatchPiece> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> parameters) {
      return BATCH_PIECE;
    }
  }
}
