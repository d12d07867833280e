package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Slice;
import io.batchnorm.types.BatchPiece;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HeldPartsTest {
  @Test
  void whatASnapshotHoldsDoesNotChangeWhenThePartIsNormalizedInPlace() {
    BatchPiece piece = BatchPiece.of(Batches.of("camera", 1), Slice.whole(3), 0, 1);
    HeldParts held = new HeldParts();
    held.add("camera", 1, new Timed(piece, 0));
    Map<String, List<Timed>> snapshot = new HashMap<>();
    held.addTo(snapshot);
    Timed before = new Timed(piece.copy(), 0);

    Arrays.fill(((BatchPiece) held.first("camera").part()).features().values(), 0);

    assertThat(snapshot.get("camera")).containsExactly(before).doesNotContain(held.first("camera"));
  }
}
