package io.batchnorm.types;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.core.ChannelBlock;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Slice;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchPieceTest {
  private static final FeatureBatch BATCH =
      new FeatureBatch(
          "k",
          List.of("a", "b"),
          FeatureMap.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 2, 3, 2));

  @Test
  void isAViewOnTheValuesOfItsBatch() {
    BatchPiece piece = BatchPiece.of(BATCH, 7, 1).channels(1, 3);

    assertThat(piece.block().array()).isSameAs(BATCH.features().values());
    assertThat(piece.features())
        .isEqualTo(FeatureMap.of(new float[] {3, 4, 5, 6, 9, 10, 11, 12}, 2, 2, 2));
    assertThat(piece.channels(2, 3).features())
        .isEqualTo(FeatureMap.of(new float[] {5, 6, 11, 12}, 2, 1, 2));
    assertThat(BatchPiece.of(BATCH, 7, 1).features().values()).isSameAs(BATCH.features().values());
  }

  @Test
  void writesOnlyItsChannels() throws Exception {
    BatchPiece piece = BatchPiece.of(BATCH, new Slice(1, 1, 3), 5, 6).channels(2, 3);

    assertThat(Bytes.of(new BatchPieceSerializer(), piece))
        .isEqualTo(
            Bytes.hex(
                "02 6b",
                "00000002 0261 0262",
                "03 00000002 00000003 00000002",
                "0000000000000000 0000000000000005",
                "00 0000000000000000",
                "00000001 00000001 00000003",
                "0000000000000006",
                "00000000 00000002",
                "00000002 00000003",
                "0000a040 0000c040 00003041 00004041"));
    assertThat(Bytes.of(new BatchPieceSerializer(), piece.rows(1, 2)))
        .endsWith(
            Bytes.hex("0000000000000006 00000001 00000002 00000002 00000003 00003041 00004041"));
  }

  @Test
  void samplesOfItAreAViewToo() {
    BatchPiece piece = BatchPiece.of(BATCH, 7, 1).channels(1, 3).rows(1, 2);

    assertThat(piece.block().array()).isSameAs(BATCH.features().values());
    assertThat(piece.features()).isEqualTo(FeatureMap.of(new float[] {9, 10, 11, 12}, 1, 2, 2));
    assertThat(piece.isSlice()).isFalse();
    assertThat(piece.channels(2, 3).rows(1, 2).features())
        .isEqualTo(FeatureMap.of(new float[] {11, 12}, 1, 1, 2));
    assertThat(piece.copy()).isEqualTo(piece);
    assertThatThrownBy(() -> piece.rows(0, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> piece.rows(1, 3)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void changeIsItsKeySliceNumberFlagsAndState() throws Exception {
    SliceChange change =
        new SliceChange(
            "k", new Slice(1, 2, 3), 4, 9, true, true, null, SliceChange.Tell.STATISTICS, 7);

    assertThat(Bytes.of(new BatchPartSerializer(), change))
        .isEqualTo(
            Bytes.hex(
                "03 02 6b 00000001 00000002 00000003 00000004 0000000000000009 0b 0000000000000007"));
  }

  @Test
  void isTheBatchAgainIfItIsAllOfIt() {
    assertThat(BatchPiece.of(BATCH, 0, 0).batch()).isEqualTo(BATCH);
  }

  @Test
  void hasOneChannelAtLeastAndMoreOnlyWhereTheyFit() {
    assertThat(piece(1 << 15, 4).channelsPerCut()).isEqualTo(1);
    assertThat(piece((1 << 15) + 1, 4).channelsPerCut()).isEqualTo(1);
    assertThat(piece(1 << 13, 20).channelsPerCut()).isEqualTo(4);
    assertThat(piece((1 << 13) + 1, 20).channelsPerCut()).isEqualTo(3);
  }

  @Test
  void hasOneSampleAtLeastAndMoreOnlyWhereTheyFit() {
    assertThat(piece(1 << 13, 4).rowsPerCut()).isEqualTo(1);
    assertThat(piece(1 << 13, 5).rowsPerCut()).isEqualTo(1);
    assertThat(piece(1 << 11, 4).rowsPerCut()).isEqualTo(4);
    assertThat(piece(1 << 11, 5).rowsPerCut()).isEqualTo(3);
  }

  @Test
  void isLargeAboveFourMebibytes() {
    assertThat(piece(1 << 18, 4).isLarge()).isFalse();
    assertThat(piece(1 << 18, 5).isLarge()).isTrue();
  }

  private static BatchPiece piece(int spatial, int channels) {
    FeatureMap map = FeatureMap.of(new float[spatial * channels], 1, channels, spatial);
    return BatchPiece.of(FeatureBatch.of("k", "i", map), 0, 0);
  }

  @Test
  void refusesChannelsThatItsSliceDoesNotHave() {
    BatchPiece whole = BatchPiece.of(BATCH, 0, 0);

    assertThatThrownBy(
            () ->
                new BatchPiece(
                    whole.header(),
                    new Slice(0, 1, 2),
                    0,
                    0,
                    0,
                    ChannelBlock.of(BATCH.features(), 0, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not samples 0 and up, channels 0 and up");
    assertThatThrownBy(() -> whole.channels(2, 4)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1})
  void refusesSamplesThatItsBatchDoesNotHave(int row) {
    BatchPiece whole = BatchPiece.of(BATCH, 0, 0);

    assertThatThrownBy(
            () -> new BatchPiece(whole.header(), whole.slice(), 0, row, 0, whole.block()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not samples %d and up".formatted(row));
  }

  @Test
  void keysOfSlicesAreTakenApartFromTheEnd() {
    String key = SlicePart.sliceKey("a\0" + "3", 12);

    assertThat(SlicePart.keyOf(key)).isEqualTo("a\0" + "3");
    assertThat(SlicePart.indexOf(key)).isEqualTo(12);
    assertThatThrownBy(() -> SlicePart.keyOf("plain")).hasMessageContaining("is no key of a slice");
  }
}
