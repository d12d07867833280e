package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.types.BatchPart;
import io.batchnorm.types.BatchPartSerializer;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.FeatureBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.flink.api.common.functions.DefaultOpenContext;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CutFunctionTest {
  /** Beside the values: key, ids, shape, numbers. */
  private static final int HEADER_BYTES = 1024;

  private static List<BatchPart> cut(CutFunction function, FeatureBatch batch) {
    List<BatchPart> parts = new ArrayList<>();
    function.flatMap(batch, new ListCollector<>(parts));
    return parts;
  }

  private static CutFunction opened() {
    CutFunction function = new CutFunction();
    function.open(DefaultOpenContext.INSTANCE);
    return function;
  }

  @Test
  void smallBatchIsItsOwnOnePiece() {
    FeatureBatch batch = Batches.ofShape("k", 0, 1, 4, 1 << 18);

    assertThat(cut(opened(), batch)).singleElement().isSameAs(batch);
  }

  @Test
  void pieceThatIsNotLargeIsNotCut() {
    BatchPiece piece = BatchPiece.of(Batches.ofShape("k", 0, 1, 4, 1 << 18), 0, 0);
    List<BatchPiece> out = new ArrayList<>();

    CutFunction.cut(piece, new ListCollector<>(out));

    assertThat(out).containsExactly(piece);
  }

  @ParameterizedTest
  @CsvSource({"3, 2", "3, 5", "3, 63", "3, 1024", "3, 1031", "64, 1", "63, 31", "1000, 7"})
  void noPieceOfALargeBatchIsLargerThanOneShouldBe(int samples, int channels) throws Exception {
    FeatureBatch batch = Batches.ofShape("k", 0, samples, channels, 6_300_000 / samples / channels);

    List<BatchPart> parts = cut(opened(), batch);

    assertThat(parts.size()).isGreaterThan(1);
    for (BatchPart part : parts) {
      DataOutputSerializer bytes = new DataOutputSerializer(64);
      new BatchPartSerializer().serialize(part, bytes);
      BatchPiece piece = (BatchPiece) part;
      boolean oneChannelOfOneSample =
          piece.to() - piece.from() == 1 && piece.toRow() - piece.row() == 1;
      assertThat(bytes.length())
          .isLessThanOrEqualTo(headerBytes(batch) + bytesOfValues(piece, oneChannelOfOneSample));
    }
    assertThat(joined(parts)).isEqualTo(batch);
  }

  private static int headerBytes(FeatureBatch batch) {
    return HEADER_BYTES + batch.ids().stream().mapToInt(id -> id.length() + 1).sum();
  }

  private static int bytesOfValues(BatchPiece piece, boolean cannotBeCut) {
    return cannotBeCut ? Float.BYTES * piece.block().size() : BatchPiece.CUT_BYTES;
  }

  @Test
  void idsOfManySamplesDoNotComeAgainAndAgain() throws Exception {
    FeatureMap values = FeatureMap.of(new float[20_000 * 64], 20_000, 64);
    List<String> ids = IntStream.range(0, 20_000).mapToObj("sample-%05d"::formatted).toList();
    DataOutputSerializer bytes = new DataOutputSerializer(64);

    List<BatchPart> parts = cut(opened(), new FeatureBatch("k", ids, values));
    for (BatchPart part : parts) {
      new BatchPartSerializer().serialize(part, bytes);
    }

    assertThat(parts).hasSize(2);
    assertThat(bytes.length()).isLessThan(Float.BYTES * 20_000 * 64 + 2 * 20_000 * 14);
  }

  @Test
  void noPieceIsLargerThanOneShouldBeWithAMebibyteOfIds() throws Exception {
    FeatureMap values = FeatureMap.of(new float[100_000 * 16], 100_000, 16);
    List<String> ids = IntStream.range(0, 100_000).mapToObj("sample-%05d"::formatted).toList();

    List<BatchPart> parts = cut(opened(), new FeatureBatch("k", ids, values));

    assertThat(parts).hasSizeBetween(2, 3);
    for (BatchPart part : parts) {
      DataOutputSerializer bytes = new DataOutputSerializer(64);
      new BatchPartSerializer().serialize(part, bytes);
      assertThat(bytes.length()).isLessThan(5 << 20);
    }
  }

  @Test
  void piecesOfSamplesLieInOneRun() {
    FeatureBatch batch = Batches.ofShape("k", 0, 64, 16, 16, 16, 8);

    assertThat(cut(opened(), batch))
        .hasSize(64)
        .allSatisfy(
            part -> {
              BatchPiece piece = (BatchPiece) part;
              assertThat(piece.toRow()).isEqualTo(piece.row() + 1);
              assertThat(piece.slice().width()).isEqualTo(piece.to() - piece.from());
            });
  }

  private static FeatureBatch joined(List<BatchPart> parts) {
    PieceJoin join = new PieceJoin();
    Timed complete = null;
    for (BatchPart part : parts) {
      assertThat(complete).isNull();
      complete = join.add("k", (BatchPiece) part, 0);
    }
    return ((BatchPiece) complete.part()).batch();
  }

  @Test
  void batchesOfOneSenderHaveNumbersOfTheirOwnAndAttemptsAreOtherSenders() {
    FeatureBatch batch = Batches.ofShape("k", 0, 1, 2, 1 << 20);
    CutFunction first = opened();

    BatchPiece one = (BatchPiece) cut(first, batch).get(0);
    BatchPiece two = (BatchPiece) cut(first, batch).get(0);
    BatchPiece restarted = (BatchPiece) cut(opened(), batch).get(0);

    assertThat(two.header().number()).isNotEqualTo(one.header().number());
    assertThat(two.header().sender()).isEqualTo(one.header().sender());
    assertThat(restarted.header().sender()).isNotEqualTo(one.header().sender());
  }
}
