package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

@Timeout(60)
class InPlaceTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = new MiniClusterExtension();

  /** The arrays that a user's map, which is chained to batch norm, has seen and kept. */
  private static final Map<String, float[]> KEPT = new ConcurrentHashMap<>();

  private static final FeatureBatch BATCH = Batches.of("camera", 0);

  @BeforeEach
  void forget() {
    KEPT.clear();
  }

  @Test
  void servingLeavesItsInputAloneUnlessToldThatNobodyElseSeesIt() throws Exception {
    assertThat(overwritten(batches -> serving(batches).apply().normalized())).isFalse();
    assertThat(overwritten(batches -> serving(batches).inPlace().apply().normalized())).isTrue();
  }

  @Test
  void trainingWithoutShuffleLeavesItsInputAloneUnlessToldThatNobodyElseSeesIt() throws Exception {
    assertThat(overwritten(batches -> training(batches).alreadyPartitioned().apply().normalized()))
        .isFalse();
    assertThat(
            overwritten(
                batches -> training(batches).alreadyPartitioned().inPlace().apply().normalized()))
        .isTrue();
  }

  @Test
  void trainingBehindAShuffleDoesNotTouchWhatCameBeforeIt() throws Exception {
    assertThat(overwritten(batches -> training(batches).apply().normalized())).isFalse();
    assertThat(overwritten(batches -> training(batches).inPlace().apply().normalized())).isFalse();
  }

  private static BatchNormServing serving(DataStream<FeatureBatch> batches) {
    return BatchNormServing.of(batches, Map.of(BATCH.key(), Batches.statistics()));
  }

  private static BatchNormalization training(DataStream<FeatureBatch> batches) {
    return BatchNormalization.ofBatches(batches);
  }

  /** Whether the kept array holds what was normalized; if not, it holds what came. */
  private static boolean overwritten(
      Function<DataStream<FeatureBatch>, DataStream<NormalizedBatch>> normalization)
      throws Exception {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(1);
    DataStream<FeatureBatch> batches =
        env.fromData(List.of(BATCH), BatchNormTypes.FEATURE_BATCH)
            .map(InPlaceTest::kept)
            .returns(BatchNormTypes.FEATURE_BATCH);
    NormalizedBatch normalized;
    try (CloseableIterator<NormalizedBatch> out =
        normalization.apply(batches).executeAndCollect()) {
      normalized = out.next();
      assertThat(out).isExhausted();
    }
    float[] y = normalized.features().values();
    float[] kept = KEPT.get(BATCH.key());
    assertThat(y).isNotEqualTo(BATCH.features().values());
    assertThat(kept).isIn(y, BATCH.features().values());
    return kept[0] == y[0];
  }

  private static FeatureBatch kept(FeatureBatch batch) {
    KEPT.put(batch.key(), batch.features().values());
    return batch;
  }
}
