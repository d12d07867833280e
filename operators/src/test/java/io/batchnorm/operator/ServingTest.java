package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.core.BatchNorm;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.UnknownKey;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Serving by frozen statistics as a job, chained to its source; what it follows may change them.
 */
@Timeout(60)
class ServingTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = TestCluster.extension();

  private static final Map<String, RunningStatistics> STATISTICS =
      Batches.KEYS.stream().collect(Collectors.toMap(key -> key, key -> Batches.statistics()));
  private static final BatchNorm BATCH_NORM = new BatchNorm(BatchNormConfig.defaults());

  private record Served(List<NormalizedBatch> normalized, List<RejectedRecord> rejected) {
    static Served of(StreamExecutionEnvironment env, ServedStream stream) throws Exception {
      try (CloseableIterator<NormalizedBatch> normalized = stream.normalized().collectAsync();
          CloseableIterator<RejectedRecord> rejected = stream.rejected().collectAsync()) {
        env.executeAsync();
        return new Served(sorted(normalized), list(rejected));
      }
    }

    private static List<NormalizedBatch> sorted(CloseableIterator<NormalizedBatch> batches) {
      List<NormalizedBatch> list = list(batches);
      list.sort(Comparator.comparing(batch -> batch.ids().get(0)));
      return list;
    }

    private static <T> List<T> list(CloseableIterator<T> records) {
      List<T> list = new ArrayList<>();
      records.forEachRemaining(list::add);
      return list;
    }
  }

  private static StreamExecutionEnvironment environment(int parallelism) {
    return TestCluster.environment(TestCluster.configuration(), parallelism);
  }

  private static DataStream<FeatureBatch> source(
      StreamExecutionEnvironment env, List<FeatureBatch> records) {
    return env.fromData(records, BatchNormTypes.FEATURE_BATCH);
  }

  private static List<NormalizedBatch> expected(List<FeatureBatch> batches) {
    return batches.stream()
        .map(
            batch ->
                new NormalizedBatch(
                    batch.key(),
                    batch.ids(),
                    BATCH_NORM.eval(batch.features(), Batches.statistics()),
                    Mode.EVAL,
                    40))
        .sorted(Comparator.comparing(batch -> batch.ids().get(0)))
        .toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void everyRecordIsNormalizedByTheFrozenStatisticsOfItsKey(int parallelism) throws Exception {
    List<FeatureBatch> batches = Batches.inTurn(0, 6);
    StreamExecutionEnvironment env = environment(parallelism);

    Served served = Served.of(env, BatchNormServing.of(source(env, batches), STATISTICS).apply());

    assertThat(served.normalized()).isEqualTo(expected(batches));
    assertThat(served.rejected()).isEmpty();
  }

  @Test
  void badRecordsAndUnknownKeysAreRejected() throws Exception {
    FeatureBatch good = Batches.of("camera", 0);
    List<FeatureBatch> batches =
        List.of(
            Batches.of("stranger", 1),
            Batches.spoiled(Batches.of("camera", 2), Float.NaN),
            Batches.ofShape("camera", 3, 2, 4),
            Batches.ofShape("camera", 4, 0, 3),
            good);
    StreamExecutionEnvironment env = environment(1);

    Served served = Served.of(env, BatchNormServing.of(source(env, batches), STATISTICS).apply());

    assertThat(served.normalized()).isEqualTo(expected(List.of(good)));
    assertThat(served.rejected())
        .extracting(RejectedRecord::reason)
        .containsExactly(
            RejectionReason.NO_STATISTICS,
            RejectionReason.NON_FINITE,
            RejectionReason.CHANNEL_MISMATCH,
            RejectionReason.EMPTY_BATCH);
  }

  @Test
  void unknownKeysPassByTheInitialStatisticsIfAllowed() throws Exception {
    StreamExecutionEnvironment env = environment(1);
    FeatureBatch one = FeatureBatch.of("stranger", "a", FeatureMap.of(new float[] {2}, 1, 1));
    BatchNormConfig config = BatchNormConfig.builder().unknownKey(UnknownKey.INITIAL).build();

    Served served =
        Served.of(
            env, BatchNormServing.of(source(env, List.of(one)), Map.of()).config(config).apply());

    // PyTorch's x / sqrt(1 + 1e-5), from semantics of a fresh layer: 1.9999899864.
    assertThat(served.normalized().get(0).features().values()).containsExactly(1.99999f);
  }

  @Test
  void adaptationBlendsInTheBatchAndSaysSo() throws Exception {
    List<FeatureBatch> batches = Batches.inTurn(0, 2);
    StreamExecutionEnvironment env = environment(2);

    Served served =
        Served.of(env, BatchNormServing.of(source(env, batches), STATISTICS).adapt(0.25).apply());

    assertThat(served.normalized()).hasSize(batches.size());
    for (NormalizedBatch batch : served.normalized()) {
      FeatureBatch x =
          batches.stream().filter(b -> b.ids().equals(batch.ids())).findFirst().orElseThrow();
      assertThat(batch.mode()).isEqualTo(Mode.ADAPT);
      assertThat(batch.features())
          .isEqualTo(BATCH_NORM.adapt(x.features(), Batches.statistics(), 0.25));
    }
  }

  @Test
  void adaptationOfSamplesGoesByBatchesOfAKey() throws Exception {
    List<FeatureBatch> samples =
        IntStream.range(0, 6).mapToObj(i -> Batches.ofShape("camera", i, 1, 3)).toList();
    List<FeatureMap> firstThree =
        samples.subList(0, 3).stream().map(FeatureBatch::features).toList();
    StreamExecutionEnvironment env = environment(2);

    Served served =
        Served.of(
            env,
            BatchNormServing.of(source(env, samples), STATISTICS)
                .adapt(0.5)
                .batches(3, null)
                .apply());

    FeatureMap y = BATCH_NORM.adapt(FeatureMap.stack(firstThree), Batches.statistics(), 0.5);
    assertThat(served.normalized()).hasSize(6);
    assertThat(served.normalized().get(1).features()).isEqualTo(y.sample(1));
  }

  @Test
  void servingIsChainedToItsSourceAndItsSink() {
    StreamExecutionEnvironment env = environment(3);
    ServedStream served =
        BatchNormServing.of(
                env.fromSequence(0, 9)
                    .map(i -> Batches.of("camera", Math.toIntExact(i)))
                    .returns(BatchNormTypes.FEATURE_BATCH),
                STATISTICS)
            .apply();
    served.normalized().sinkTo(new DiscardingSink<>());

    assertThat(env.getStreamGraph().getJobGraph().getVertices())
        .extracting(JobVertex::getParallelism)
        .containsExactly(3);
  }

  @Test
  void servingHasAsManySubtasksAsWhatComesBefore() {
    StreamExecutionEnvironment env = environment(3);
    DataStream<FeatureBatch> two =
        env.fromSequence(0, 9)
            .setParallelism(2)
            .map(i -> Batches.of("camera", Math.toIntExact(i)))
            .returns(BatchNormTypes.FEATURE_BATCH)
            .setParallelism(2);

    DataStream<NormalizedBatch> chained = BatchNormServing.of(two, STATISTICS).apply().normalized();
    DataStream<NormalizedBatch> spread =
        BatchNormServing.of(two.rebalance(), STATISTICS).uid("spread").apply().normalized();

    assertThat(chained.getParallelism()).isEqualTo(2);
    assertThat(spread.getParallelism()).isEqualTo(3);
  }

  @Test
  void servingHasTheSameUidWhetherItFollowsOrNot() {
    StreamExecutionEnvironment env = environment(1);
    DataStream<FeatureBatch> batches = source(env, Batches.inTurn(0, 1));

    BatchNormServing.of(batches, STATISTICS).apply();
    BatchNormServing.of(batches, STATISTICS).uid("b").following(updates(env)).apply();

    assertThat(env.getStreamGraph().getStreamNodes())
        .extracting(StreamNode::getTransformationUID)
        .contains("batchnorm-serving", "b-serving");
  }

  private static DataStream<KeyStatistics> updates(StreamExecutionEnvironment env) {
    return env.fromData(
        List.of(KeyStatistics.of("stranger", Batches.statistics(), true)),
        BatchNormTypes.KEY_STATISTICS);
  }

  @Test
  void followedStatisticsServeRecordsThatCameBeforeOrAfterThem() throws Exception {
    List<FeatureBatch> strangers =
        IntStream.range(0, 5).mapToObj(i -> Batches.of("stranger", i)).toList();
    StreamExecutionEnvironment env = environment(2);

    Served served =
        Served.of(
            env,
            BatchNormServing.of(source(env, strangers), Map.of()).following(updates(env)).apply());

    assertThat(served.normalized()).isEqualTo(expected(strangers));
    assertThat(served.rejected()).isEmpty();
  }

  @Test
  void adaptationOfSamplesFollowsToo() throws Exception {
    List<FeatureBatch> samples =
        IntStream.range(0, 3).mapToObj(i -> Batches.ofShape("stranger", i, 1, 3)).toList();
    StreamExecutionEnvironment env = environment(2);

    Served served =
        Served.of(
            env,
            BatchNormServing.of(source(env, samples), Map.of())
                .following(updates(env))
                .adapt(0.5)
                .batches(3, null)
                .apply());

    FeatureMap x = FeatureMap.stack(samples.stream().map(FeatureBatch::features).toList());
    FeatureMap y = BATCH_NORM.adapt(x, Batches.statistics(), 0.5);
    assertThat(served.normalized())
        .extracting(NormalizedBatch::features)
        .containsExactly(y.sample(0), y.sample(1), y.sample(2));
  }

  @Test
  void whatALayerLearnsIsServedByAnother() throws Exception {
    StreamExecutionEnvironment env = environment(2);
    DataStream<FeatureBatch> batches = source(env, Batches.inTurn(0, 4));
    DataStream<KeyStatistics> learned = BatchNormalization.ofBatches(batches).apply().statistics();

    Served served =
        Served.of(env, BatchNormServing.of(batches, Map.of()).uid("b").following(learned).apply());

    assertThat(served.normalized())
        .hasSize(4 * Batches.KEYS.size())
        .allSatisfy(batch -> assertThat(batch.numBatchesTracked()).isEqualTo(4));
  }

  @Test
  void aNegativeNumberOfRecordsCannotWait() {
    BatchNormServing serving =
        BatchNormServing.of(source(environment(1), List.of(Batches.of("camera", 0))), STATISTICS);

    assertThatThrownBy(() -> serving.hold(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("hold is -1, wanted 0 or more");
  }
}
