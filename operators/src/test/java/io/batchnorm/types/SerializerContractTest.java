package io.batchnorm.types;

import io.batchnorm.core.ExactMoments;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.RunningStatistics;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.junit.jupiter.api.Nested;

/** Every serializer against Flink's own test of the contract, with awkward values. */
class SerializerContractTest {

  abstract static class Contract<T> extends ImmutableSerializerTestBase<T> {
    private final Class<T> type;
    private final TypeSerializer<T> serializer;
    private final T[] values;

    Contract(Class<T> type, TypeSerializer<T> serializer, T[] values) {
      this.type = type;
      this.serializer = serializer;
      this.values = values;
    }

    @Override
    protected TypeSerializer<T> createSerializer() {
      return serializer;
    }

    @Override
    protected Class<T> getTypeClass() {
      return type;
    }

    @Override
    protected T[] getTestData() {
      return values;
    }
  }

  @Nested
  class OfFeatureMap extends Contract<FeatureMap> {
    OfFeatureMap() {
      super(FeatureMap.class, new FeatureMapSerializer(), AwkwardValues.featureMaps());
    }
  }

  @Nested
  class OfRunningStatistics extends Contract<RunningStatistics> {
    OfRunningStatistics() {
      super(RunningStatistics.class, new RunningStatisticsSerializer(), AwkwardValues.statistics());
    }
  }

  @Nested
  class OfFeatureBatch extends Contract<FeatureBatch> {
    OfFeatureBatch() {
      super(FeatureBatch.class, new FeatureBatchSerializer(), AwkwardValues.featureBatches());
    }
  }

  @Nested
  class OfNormalizedBatch extends Contract<NormalizedBatch> {
    OfNormalizedBatch() {
      super(
          NormalizedBatch.class,
          new NormalizedBatchSerializer(),
          AwkwardValues.normalizedBatches());
    }
  }

  @Nested
  class OfRejectedRecord extends Contract<RejectedRecord> {
    OfRejectedRecord() {
      super(RejectedRecord.class, new RejectedRecordSerializer(), AwkwardValues.rejectedRecords());
    }
  }

  @Nested
  class OfKeyStatistics extends Contract<KeyStatistics> {
    OfKeyStatistics() {
      super(KeyStatistics.class, new KeyStatisticsSerializer(), AwkwardValues.keyStatistics());
    }
  }

  @Nested
  class OfDirective extends Contract<Directive> {
    OfDirective() {
      super(Directive.class, new DirectiveSerializer(), AwkwardValues.directives());
    }
  }

  @Nested
  class OfKeyState extends Contract<KeyState> {
    OfKeyState() {
      super(KeyState.class, new KeyStateSerializer(), AwkwardValues.keyStates());
    }
  }

  @Nested
  class OfExactMoments extends Contract<ExactMoments> {
    OfExactMoments() {
      super(ExactMoments.class, new ExactMomentsSerializer(), AwkwardValues.exactMoments());
    }
  }

  @Nested
  class OfPendingBatch extends Contract<PendingBatch> {
    OfPendingBatch() {
      super(PendingBatch.class, new PendingBatchSerializer(), AwkwardValues.pendingBatches());
    }
  }

  @Nested
  class OfBatchPiece extends Contract<BatchPiece> {
    OfBatchPiece() {
      super(BatchPiece.class, new BatchPieceSerializer(), AwkwardValues.batchPieces());
    }
  }

  @Nested
  class OfBatchPart extends Contract<BatchPart> {
    OfBatchPart() {
      super(BatchPart.class, new BatchPartSerializer(), AwkwardValues.batchParts());
    }
  }
}
