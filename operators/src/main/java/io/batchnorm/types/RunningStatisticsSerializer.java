package io.batchnorm.types;

import io.batchnorm.core.Affine;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.RunningStatistics;
import java.io.IOException;
import java.nio.ByteOrder;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Layout, big-endian, version 1:
 *
 * <pre>
 * offset      size  field
 * 0           8     numBatchesTracked
 * 8           8     count, -1 if unknown
 * 16          4     channels C
 * 20          1     flags: 1 weight follows, 2 bias follows
 * 21          8*C   running mean, float64
 * 21+8C       8*C   running variance, float64
 * 21+16C      4*C   weight, float32, if flagged
 * then        4*C   bias, float32, if flagged
 * </pre>
 */
public final class RunningStatisticsSerializer extends VersionedSerializer<RunningStatistics> {
  private static final long serialVersionUID = 1L;
  private static final int V1 = 1;
  private static final int CURRENT = V1;
  private static final int WEIGHT = 1;
  private static final int BIAS = 2;

  static final RunningStatisticsSerializer INSTANCE = new RunningStatisticsSerializer();

  public RunningStatisticsSerializer() {
    this(CURRENT);
  }

  private RunningStatisticsSerializer(int version) {
    super(version);
  }

  @Override
  public void serialize(RunningStatistics statistics, DataOutputView out) throws IOException {
    int channels = statistics.numFeatures();
    Affine affine = statistics.affine().orElse(null);
    out.writeLong(statistics.numBatchesTracked());
    out.writeLong(statistics.count());
    out.writeInt(channels);
    out.writeByte(flagsOf(affine));
    BulkArrays.writeDoubles(statistics.means(), out);
    BulkArrays.writeDoubles(statistics.vars(), out);
    if (affine != null) {
      writeAffine(affine, out);
    }
  }

  private static int flagsOf(Affine affine) {
    if (affine == null) {
      return 0;
    }
    return (affine.hasWeight() ? WEIGHT : 0) | (affine.hasBias() ? BIAS : 0);
  }

  private static void writeAffine(Affine affine, DataOutputView out) throws IOException {
    if (affine.hasWeight()) {
      BulkArrays.writeFloats(affine.weights(), ByteOrder.BIG_ENDIAN, out);
    }
    if (affine.hasBias()) {
      BulkArrays.writeFloats(affine.biases(), ByteOrder.BIG_ENDIAN, out);
    }
  }

  @Override
  RunningStatistics read(int version, DataInputView in) throws IOException {
    return switch (version) {
      case V1 -> readV1(in);
      default -> throw BulkArrays.unknownVersion(getClass(), version);
    };
  }

  private static RunningStatistics readV1(DataInputView in) throws IOException {
    long numBatchesTracked = in.readLong();
    long count = in.readLong();
    int channels = BulkArrays.readLength(in, FeatureMap.MAX_VALUES, "channels");
    int flags = in.readByte();
    double[] mean = BulkArrays.readDoubles(channels, in);
    double[] var = BulkArrays.readDoubles(channels, in);
    float[] weight =
        (flags & WEIGHT) == 0 ? null : BulkArrays.readFloats(channels, ByteOrder.BIG_ENDIAN, in);
    float[] bias =
        (flags & BIAS) == 0 ? null : BulkArrays.readFloats(channels, ByteOrder.BIG_ENDIAN, in);
    RunningStatistics statistics = RunningStatistics.of(numBatchesTracked, count, mean, var);
    return flags == 0 ? statistics : statistics.withAffine(Affine.of(weight, bias));
  }

  @Override
  public TypeSerializerSnapshot<RunningStatistics> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Version of the layout in a savepoint. */
  public static final class Snapshot extends VersionedSnapshot<RunningStatistics> {
    public Snapshot() {
      super(CURRENT);
    }

    @Override
    TypeSerializer<RunningStatistics> serializerOf(int version) {
      return new RunningStatisticsSerializer(version);
    }
  }
}
