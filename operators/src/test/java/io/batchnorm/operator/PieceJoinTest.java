package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.FeatureBatch;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PieceJoinTest {
  @Test
  void whatASnapshotHoldsDoesNotChangeWhenTheBatchIsNormalizedInPlace() {
    FeatureBatch batch = Batches.of("camera", 1);
    BatchPiece first = BatchPiece.of(batch, 0, 0).channels(0, 1);
    BatchPiece rest = BatchPiece.of(batch, 0, 0).channels(1, 3);
    PieceJoin join = new PieceJoin();
    join.add("camera", first, 0);
    Map<String, List<Timed>> snapshot = new HashMap<>();
    join.addTo(snapshot);

    BatchPiece complete = (BatchPiece) join.add("camera", rest, 0).part();
    Arrays.fill(complete.batch().features().values(), 0);

    assertThat(complete.batch().features().values()).containsOnly(0);
    assertThat(snapshot.get("camera")).containsExactly(new Timed(first, 0));
  }
}
