package io.batchnorm.types;

import io.batchnorm.core.ExactChannel;
import io.batchnorm.core.ExactMoments;
import io.batchnorm.core.ExactSum;
import io.batchnorm.core.FeatureMap;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/**
 * Layout, big-endian, version 1:
 *
 * <pre>
 * offset  size  field
 * 0       4     channels C
 * then, for each channel:
 * 0       8     finite values
 * 8       8     nulls
 * 16      8     NaN
 * 24      8     positive infinities
 * 32      8     negative infinities
 * 40      ?     sum
 * then    ?     sum of squares
 *
 * a sum, which is significand * 2^exponent:
 * 0       4     exponent
 * 4       2     length b of the significand, 1 to 601
 * 6       b     significand, two's complement, odd; one byte 0 for the sum 0
 * </pre>
 *
 * <p>Counts are signed. Two states that are equal have the same bytes.
 */
public final class ExactMomentsSerializer extends VersionedSerializer<ExactMoments> {
  private static final long serialVersionUID = 1L;
  private static final int V1 = 1;
  private static final int CURRENT = V1;
  private static final int MAX_SIGNIFICAND = ExactSum.MAX_BITS / 8 + 1;

  public ExactMomentsSerializer() {
    this(CURRENT);
  }

  private ExactMomentsSerializer(int version) {
    super(version);
  }

  @Override
  public void serialize(ExactMoments moments, DataOutputView out) throws IOException {
    out.writeInt(moments.numFeatures());
    for (int c = 0; c < moments.numFeatures(); c++) {
      writeChannel(moments.channel(c), out);
    }
  }

  private static void writeChannel(ExactChannel channel, DataOutputView out) throws IOException {
    out.writeLong(channel.finite());
    out.writeLong(channel.nulls());
    out.writeLong(channel.nans());
    out.writeLong(channel.positives());
    out.writeLong(channel.negatives());
    writeSum(channel.sum(), out);
    writeSum(channel.squares(), out);
  }

  private static void writeSum(ExactSum sum, DataOutputView out) throws IOException {
    byte[] significand = sum.significand().toByteArray();
    out.writeInt(sum.exponent());
    out.writeShort(significand.length);
    out.write(significand);
  }

  @Override
  ExactMoments read(int version, DataInputView in) throws IOException {
    return switch (version) {
      case V1 -> readV1(in);
      default -> throw BulkArrays.unknownVersion(getClass(), version);
    };
  }

  private static ExactMoments readV1(DataInputView in) throws IOException {
    int length = BulkArrays.readLength(in, FeatureMap.MAX_VALUES, "channels");
    List<ExactChannel> channels = new ArrayList<>();
    for (int c = 0; c < length; c++) {
      channels.add(readChannel(in));
    }
    return ExactMoments.of(channels.toArray(ExactChannel[]::new));
  }

  private static ExactChannel readChannel(DataInputView in) throws IOException {
    return new ExactChannel(
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        readSum(in),
        readSum(in));
  }

  private static ExactSum readSum(DataInputView in) throws IOException {
    int exponent = in.readInt();
    checkRange("exponent", exponent, ExactSum.MIN_EXPONENT, ExactSum.MAX_EXPONENT);
    int length = in.readUnsignedShort();
    checkRange("length of a significand", length, 1, MAX_SIGNIFICAND);
    byte[] significand = new byte[length];
    in.readFully(significand);
    return ExactSum.of(new BigInteger(significand), exponent);
  }

  private static void checkRange(String what, int value, int from, int to) throws IOException {
    if (value < from || value > to) {
      throw new IOException(
          "%s is %d, wanted %d to %d: the bytes are damaged".formatted(what, value, from, to));
    }
  }

  @Override
  public TypeSerializerSnapshot<ExactMoments> snapshotConfiguration() {
    return new Snapshot();
  }

  /** Version of the layout in a savepoint. */
  public static final class Snapshot extends VersionedSnapshot<ExactMoments> {
    public Snapshot() {
      super(CURRENT);
    }

    @Override
    TypeSerializer<ExactMoments> serializerOf(int version) {
      return new ExactMomentsSerializer(version);
    }
  }
}
