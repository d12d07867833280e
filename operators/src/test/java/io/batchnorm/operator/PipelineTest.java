package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole jobs through {@link BatchNormalization}, on a real cluster in this JVM. */
@Timeout(60)
class PipelineTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = TestCluster.extension();

  private static final int BATCHES = 5;
  private static final List<Directive> DIRECTIVES =
      List.of(
          Directive.load("sensor", Batches.statistics()), Directive.freeze("*").afterBatches(3));

  private static DataStream<FeatureBatch> source(
      StreamExecutionEnvironment env, List<FeatureBatch> records) {
    return env.fromData(records, BatchNormTypes.FEATURE_BATCH);
  }

  private static StreamExecutionEnvironment environment(int parallelism) {
    return TestCluster.environment(TestCluster.configuration(), parallelism);
  }

  private static Map<String, List<NormalizedBatch>> expected(List<FeatureBatch> batches) {
    EagerModel model = new EagerModel(Job.on(Backend.HASHMAP));
    DIRECTIVES.forEach(model::direct);
    batches.forEach(model::batch);
    return model.normalized().stream().collect(Collectors.groupingBy(NormalizedBatch::key));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void batchesGiveTheSameBitsAtAnyParallelism(int parallelism) throws Exception {
    List<FeatureBatch> batches = new ArrayList<>(Batches.inTurn(0, BATCHES));
    batches.add(7, Batches.spoiled(Batches.of("tenant", 99), Float.NaN));
    StreamExecutionEnvironment env = environment(parallelism);

    Collected collected =
        Collected.of(
            env, BatchNormalization.ofBatches(source(env, batches)).directives(DIRECTIVES).apply());

    assertThat(collected.normalized()).isEqualTo(expected(batches)).hasSize(Batches.KEYS.size());
    assertThat(collected.rejected()).extracting(RejectedRecord::id).containsExactly("tenant/99");
    assertThat(collected.statistics()).containsOnlyKeys(Batches.KEYS);
    assertThat(collected.statistics().get("camera"))
        .hasSize(2)
        .allMatch(KeyStatistics::frozen)
        .allSatisfy(last -> assertThat(last.statistics().numBatchesTracked()).isEqualTo(3));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void samplesGiveTheSameBitsAtAnyParallelism(int parallelism) throws Exception {
    List<FeatureBatch> samples = new ArrayList<>();
    for (FeatureBatch batch : Batches.inTurn(0, 4 * BATCHES)) {
      FeatureMap one = batch.features().sample(0);
      samples.add(FeatureBatch.of(batch.key(), batch.ids().get(0), one));
    }
    samples.add(9, Batches.spoiled(samples.get(0), Float.NaN));
    StreamExecutionEnvironment env = environment(parallelism);

    Collected collected =
        Collected.of(
            env,
            BatchNormalization.ofSamples(source(env, samples), 3).directives(DIRECTIVES).apply());

    assertThat(collected.normalized()).isEqualTo(unbatched(expected(stacked(samples, 3))));
    assertThat(collected.normalized().get("camera")).hasSize(4 * BATCHES);
    assertThat(collected.rejected()).extracting(RejectedRecord::id).containsExactly("camera/0");
  }

  /** Batches of {@code size} finite samples of each key. */
  private static List<FeatureBatch> stacked(List<FeatureBatch> samples, int size) {
    List<FeatureBatch> batches = new ArrayList<>();
    for (String key : Batches.KEYS) {
      List<FeatureBatch> ofKey =
          samples.stream().filter(s -> s.key().equals(key) && isFinite(s.features())).toList();
      for (int at = 0; at < ofKey.size(); at += size) {
        List<FeatureBatch> group = ofKey.subList(at, Math.min(at + size, ofKey.size()));
        batches.add(
            new FeatureBatch(
                key,
                group.stream().map(s -> s.ids().get(0)).toList(),
                FeatureMap.stack(group.stream().map(FeatureBatch::features).toList())));
      }
    }
    return batches;
  }

  private static boolean isFinite(FeatureMap map) {
    for (float value : map.values()) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  private static Map<String, List<NormalizedBatch>> unbatched(
      Map<String, List<NormalizedBatch>> batches) {
    return batches.values().stream()
        .flatMap(List::stream)
        .flatMap(batch -> IntStream.range(0, batch.ids().size()).mapToObj(batch::sample))
        .collect(Collectors.groupingBy(NormalizedBatch::key));
  }

  @Test
  void liveDirectivesReachEverySubtask() throws Exception {
    StreamExecutionEnvironment env = environment(3);
    DataStream<Directive> control =
        env.fromData(List.of(Directive.freeze("*").afterBatches(2)), BatchNormTypes.DIRECTIVE);

    Collected collected =
        Collected.of(
            env,
            BatchNormalization.ofBatches(source(env, Batches.inTurn(0, BATCHES)))
                .control(control)
                .statisticsEvery(1)
                .apply());

    assertThat(collected.statistics()).containsOnlyKeys(Batches.KEYS);
    for (List<KeyStatistics> ofKey : collected.statistics().values()) {
      assertThat(ofKey.get(ofKey.size() - 1).frozen()).isTrue();
    }
  }

  @Test
  void genericTypesAreReallyOff() {
    StreamExecutionEnvironment env = environment(1);

    assertThatThrownBy(
            () -> {
              env.fromData(
                      List.of(new StringBuilder("kryo")), TypeInformation.of(StringBuilder.class))
                  .sinkTo(new DiscardingSink<>());
              env.getStreamGraph().getJobGraph();
            })
        .hasStackTraceContaining("Generic types have been disabled");
  }

  @Test
  void samplesThatArePartitionedStayInOneChainAfterTheShuffle() {
    StreamExecutionEnvironment env = environment(3);
    DataStream<FeatureBatch> partitioned =
        source(env, Batches.inTurn(0, 1))
            .keyBy(FeatureBatch::key)
            .map(b -> b)
            .returns(FeatureBatch.class);

    BatchNormalization.ofSamples(partitioned, 2)
        .batchTimeout(Duration.ofSeconds(1))
        .alreadyPartitioned()
        .apply()
        .normalized()
        .sinkTo(new DiscardingSink<>());

    List<JobVertex> vertices =
        env.getStreamGraph().getJobGraph().getVerticesSortedTopologicallyFromSources();
    assertThat(vertices).hasSize(2);
    assertThat(vertices.get(1).getName())
        .contains("Map", "batchnorm-micro-batcher", "batchnorm", "batchnorm-unbatcher");
  }

  /** A keyed stream has its shuffle still before it; a forward in its place would lose it. */
  @Test
  void keyedStreamThatIsSaidToBePartitionedIsStillShuffled() throws Exception {
    List<FeatureBatch> batches = Batches.inTurn(0, BATCHES);
    StreamExecutionEnvironment env = environment(3);
    DataStream<FeatureBatch> keyed = source(env, batches).keyBy(FeatureBatch::key);

    Collected collected =
        Collected.of(
            env,
            BatchNormalization.ofBatches(keyed)
                .alreadyPartitioned()
                .directives(DIRECTIVES)
                .apply());

    assertThat(collected.normalized()).isEqualTo(expected(batches));
  }

  @Test
  void impossibleSeedIsRefusedBeforeTheJobStarts() {
    StreamExecutionEnvironment env = environment(1);
    RunningStatistics uncounted =
        RunningStatistics.of(
            1, RunningStatistics.UNKNOWN_COUNT, new double[] {0}, new double[] {1});
    BatchNormalization normalization =
        BatchNormalization.ofBatches(source(env, Batches.inTurn(0, 1)))
            .config(BatchNormConfig.builder().averaging(Averaging.population()).build())
            .initialStatistics(Map.of("camera", uncounted));

    assertThatThrownBy(normalization::apply)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("key camera")
        .hasMessageContaining("use exponential or cumulative averaging");
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    StreamExecutionEnvironment env = environment(1);
    DataStream<FeatureBatch> input = source(env, Batches.inTurn(0, 1));

    assertThatThrownBy(() -> BatchNormalization.ofSamples(input, 0))
        .hasMessageContaining("batchSize is 0, wanted 1 or more");
    assertThatThrownBy(
            () -> BatchNormalization.ofBatches(input).batchTimeout(Duration.ofSeconds(1)))
        .hasMessageContaining("only samples are batched");
    assertThatThrownBy(() -> BatchNormalization.ofSamples(input, 2).batchTimeout(Duration.ZERO))
        .hasMessageContaining("1 ms or more");
    assertThatThrownBy(() -> BatchNormalization.ofBatches(input).statisticsEvery(0))
        .hasMessageContaining("wanted 1 or more");
  }

  @Test
  void refusesToAdaptAndSaysWhatDoes() {
    BatchNormalization normalization =
        BatchNormalization.ofBatches(source(environment(1), Batches.inTurn(0, 1)));

    assertThatThrownBy(() -> normalization.mode(Mode.ADAPT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("BatchNormServing");
  }
}
