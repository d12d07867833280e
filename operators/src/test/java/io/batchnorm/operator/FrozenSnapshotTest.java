package io.batchnorm.operator;

import static io.batchnorm.operator.Published.served;
import static io.batchnorm.operator.Published.update;
import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.FeatureBatch;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.util.OperatorSnapshotUtil;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Batches that waited in the state of a release before this one, whose layout of them was another,
 * are there after a restore. Nothing rewrites the files, see {@code state/README.md}.
 */
class FrozenSnapshotTest {
  /** Below and above the length from which values are read in bulk. */
  private static final FeatureBatch SMALL = Batches.ofShape("camera", 2, 2, 3, 2, 2);

  private static final FeatureBatch LARGE = Batches.ofShape("camera", 8, 2, 3, 8, 8);

  private static OperatorSubtaskState state(String file) throws Exception {
    Path path = Path.of(FrozenSnapshotTest.class.getResource("/state/" + file).toURI());
    return OperatorSnapshotUtil.readStateHandle(path.toString());
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void samplesThatWaitedGoIntoTheirBatch(Backend backend) throws Exception {
    MicroBatcher.Setup setup = MicroBatcher.Setup.of(backend, 4, 0);
    try (MicroBatcher batcher = setup.restore(state("waiting-samples-v1.snapshot"))) {
      batcher.sample(sample("camera", 3, 2));
      batcher.endOfInput();

      assertThat(batcher.batches())
          .containsExactlyInAnyOrder(
              stacked(sample("camera", 1, 2), sample("camera", 2, 2), sample("camera", 3, 2)),
              stacked(sample("sensor", 1, 8), sample("sensor", 2, 8)));
    }
  }

  private static FeatureBatch sample(String key, int number, int size) {
    return Batches.ofShape(key, number, 1, 3, size, size);
  }

  private static FeatureBatch stacked(FeatureBatch... samples) {
    List<FeatureBatch> list = List.of(samples);
    return new FeatureBatch(
        list.get(0).key(),
        list.stream().map(sample -> sample.ids().get(0)).toList(),
        FeatureMap.stack(list.stream().map(FeatureBatch::features).toList()));
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void piecesThatWaitedGoIntoTheirBatch(Backend backend) throws Exception {
    OperatorSubtaskState state = state("waiting-pieces-v1.snapshot");
    try (JoinerSubtask joiner = JoinerSubtask.restore(backend, false, 1, 0, state)) {
      joiner.takes(BatchPiece.of(LARGE, 0, 8).channels(1, 3));
      joiner.takes(BatchPiece.of(SMALL, 0, 2).channels(1, 3));

      assertThat(joiner.batches()).containsExactly(LARGE, SMALL);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void batchesThatWereHeldAreServed(Backend backend) throws Exception {
    OperatorSubtaskState state = state("held-batches-v1.snapshot");
    try (ServingSubtask serving = ServingJob.on(backend).restore(state)) {
      serving.publish(update("camera", 3));

      assertThat(serving.normalized())
          .containsExactly(
              served(Batches.ofShape("camera", 1, 2, 3, 2, 2), 3),
              served(Batches.ofShape("camera", 2, 2, 3, 8, 8), 3));
    }
  }
}
