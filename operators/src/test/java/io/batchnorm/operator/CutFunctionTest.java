package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.types.BatchPart;
import io.batchnorm.types.BatchPartSerializer;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.FeatureBatch;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.functions.DefaultOpenContext;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
  @ValueSource(ints = {2, 5, 63, 1024, 1031})
  void noPieceOfALargeBatchIsLargerThanOneShouldBe(int channels) throws Exception {
    FeatureBatch batch = Batches.ofShape("k", 0, 3, channels, 2_100_000 / channels);

    List<BatchPart> parts = cut(opened(), batch);

    assertThat(parts.size()).isGreaterThan(1);
    for (BatchPart part : parts) {
      DataOutputSerializer bytes = new DataOutputSerializer(64);
      new BatchPartSerializer().serialize(part, bytes);
      int channelsOfPiece = ((BatchPiece) part).to() - ((BatchPiece) part).from();
      assertThat(bytes.length() <= BatchPiece.CUT_BYTES + HEADER_BYTES || channelsOfPiece == 1)
          .isTrue();
    }
    assertThat(joined(parts)).isEqualTo(batch);
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
