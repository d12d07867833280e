package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.BatchPartSerializer;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.BatchPieceSerializer;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.FeatureBatchSerializer;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.NormalizedBatchSerializer;
import io.batchnorm.types.RejectedRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole jobs whose layers are sliced, on a real cluster in this JVM. */
@Timeout(120)
class SlicedPipelineTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = TestCluster.extension();

  private static final int BATCHES = 5;
  private static final List<Directive> DIRECTIVES =
      List.of(
          Directive.load("sensor", Batches.statistics()), Directive.freeze("*").afterBatches(3));

  private static StreamExecutionEnvironment environment(int parallelism) {
    return TestCluster.environment(TestCluster.configuration(), parallelism);
  }

  private static DataStream<FeatureBatch> source(
      StreamExecutionEnvironment env, List<FeatureBatch> records) {
    return env.fromData(records, BatchNormTypes.FEATURE_BATCH);
  }

  private static List<FeatureBatch> batches() {
    List<FeatureBatch> batches = new ArrayList<>(Batches.inTurn(0, BATCHES));
    batches.add(7, Batches.spoiled(Batches.of("tenant", 99), Float.NaN));
    batches.add(20, Batches.ofShape("camera", 98, 2, 7, 2));
    return batches;
  }

  private static Map<String, List<NormalizedBatch>> expected(List<FeatureBatch> batches) {
    EagerModel model = new EagerModel(Job.on(Backend.HASHMAP));
    DIRECTIVES.forEach(model::direct);
    batches.forEach(model::batch);
    return model.normalized().stream().collect(Collectors.groupingBy(NormalizedBatch::key));
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "3, 1", "3, 2", "2, 100"})
  void givesTheBitsOfWholeLayers(int parallelism, int width) throws Exception {
    StreamExecutionEnvironment env = environment(parallelism);

    Collected collected =
        Collected.of(
            env,
            BatchNormalization.ofBatches(source(env, batches()))
                .directives(DIRECTIVES)
                .channelsPerSlice(width)
                .apply());

    assertThat(collected.normalized()).isEqualTo(expected(batches()));
    assertThat(collected.rejected())
        .extracting(RejectedRecord::id)
        .containsExactlyInAnyOrder("tenant/99", "camera/98");
    assertThat(collected.statistics()).containsOnlyKeys(Batches.KEYS);
    assertThat(collected.statistics().get("camera"))
        .hasSize(2)
        .allMatch(KeyStatistics::frozen)
        .allSatisfy(
            told -> {
              assertThat(told.statistics().numBatchesTracked()).isEqualTo(3);
              assertThat(told.statistics().numFeatures()).isEqualTo(3);
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void samplesAreBatchedBeforeTheyAreCut(int parallelism) throws Exception {
    List<FeatureBatch> samples = new ArrayList<>();
    for (FeatureBatch batch : Batches.inTurn(0, 2 * BATCHES)) {
      FeatureMap one = batch.features().sample(0);
      samples.add(FeatureBatch.of(batch.key(), batch.ids().get(0), one));
    }
    StreamExecutionEnvironment whole = environment(1);
    StreamExecutionEnvironment sliced = environment(parallelism);

    Collected expected =
        Collected.of(whole, BatchNormalization.ofSamples(source(whole, samples), 3).apply());
    Collected collected =
        Collected.of(
            sliced,
            BatchNormalization.ofSamples(source(sliced, samples), 3).channelsPerSlice(2).apply());

    assertThat(collected.normalized()).isEqualTo(expected.normalized());
    assertThat(collected.statistics()).isEqualTo(expected.statistics());
  }

  @Test
  void slicesAloneAreNotPutTogether() throws Exception {
    StreamExecutionEnvironment env = environment(2);
    DataStream<BatchPiece> slices =
        BatchNormalization.ofBatches(source(env, batches()))
            .directives(DIRECTIVES)
            .channelsPerSlice(2)
            .apply()
            .slices();
    Edges edges = Edges.of(withSink(env, slices));

    List<BatchPiece> pieces = new ArrayList<>();
    slices.executeAndCollect().forEachRemaining(pieces::add);

    assertThat(edges.chains()).noneMatch(chain -> chain.contains("slice-joiner"));
    NormalizedBatch camera = expected(batches()).get("camera").get(4);
    List<BatchPiece> ofCamera =
        pieces.stream()
            .filter(piece -> piece.header().ids().equals(camera.ids()))
            .sorted(Comparator.comparingInt(BatchPiece::from))
            .toList();
    assertThat(ofCamera)
        .satisfiesExactly(
            first -> {
              assertThat(first.to()).isEqualTo(2);
              assertThat(first.header().mode()).isEqualTo(camera.mode());
              assertThat(first.features().values()[0]).isEqualTo(camera.features().values()[0]);
            },
            second -> {
              assertThat(second.from()).isEqualTo(2);
              assertThat(second.features().values()[0]).isEqualTo(camera.features().values()[8]);
            });
  }

  private static StreamExecutionEnvironment withSink(
      StreamExecutionEnvironment env, DataStream<BatchPiece> slices) {
    slices.sinkTo(new DiscardingSink<>());
    return env;
  }

  @Test
  void nothingButPiecesCrossesTheNetwork() {
    StreamExecutionEnvironment env = environment(3);
    DataStream<FeatureBatch> made =
        source(env, batches()).map(batch -> batch).returns(BatchNormTypes.FEATURE_BATCH);

    BatchNormalization.ofBatches(made)
        .channelsPerSlice(2)
        .apply()
        .normalized()
        .sinkTo(new DiscardingSink<>());

    Edges edges = Edges.of(env);
    assertThat(edges.serializers())
        .contains(BatchPartSerializer.class, BatchPieceSerializer.class)
        .doesNotContain(NormalizedBatchSerializer.class);
    assertThat(edges.serializers())
        .filteredOn(FeatureBatchSerializer.class::equals)
        .as("from the source of this test to its map")
        .hasSizeLessThanOrEqualTo(1);
  }

  @Test
  void batchesThatAreMadeInOneSubtaskAreCutThereAndShuffledOnce() throws Exception {
    StreamExecutionEnvironment env = environment(3);
    DataStream<FeatureBatch> made =
        source(env, batches())
            .map(batch -> batch)
            .returns(BatchNormTypes.FEATURE_BATCH)
            .setParallelism(1);
    NormalizedStream stream =
        BatchNormalization.ofBatches(made)
            .directives(DIRECTIVES)
            .channelsPerSlice(1)
            .alreadyPartitioned()
            .apply();

    Collected collected = Collected.of(env, stream);

    assertThat(collected.normalized()).isEqualTo(expected(batches()));
    stream.normalized().sinkTo(new DiscardingSink<>());
    assertThat(Edges.of(env).chains().get(0)).contains("Map", "batchnorm-slicer");
  }

  /** Slices of 3 channels with 4.8 MB each, which are cut again on both sides. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void largeSlicesGiveTheBitsOfWholeLayers(int parallelism) throws Exception {
    StreamExecutionEnvironment env = environment(parallelism);
    List<String> digests = new ArrayList<>();

    BatchNormalization.ofBatches(
            env.fromData(Types.INT, 0, 1, 2)
                .map(number -> Batches.ofShape("camera", number, 2, 5, 600_000))
                .returns(BatchNormTypes.FEATURE_BATCH))
        .channelsPerSlice(3)
        .apply()
        .normalized()
        .map(batch -> batch.ids() + " " + batch.features().hashCode())
        .returns(Types.STRING)
        .executeAndCollect()
        .forEachRemaining(digests::add);

    EagerModel model = new EagerModel(Job.on(Backend.HASHMAP));
    for (int number = 0; number < 3; number++) {
      model.batch(Batches.ofShape("camera", number, 2, 5, 600_000));
    }
    assertThat(digests.stream().sorted())
        .isEqualTo(
            model.normalized().stream()
                .map(batch -> batch.ids() + " " + batch.features().hashCode())
                .toList());
  }

  @Test
  void settingsThatCannotBeAreRefused() {
    StreamExecutionEnvironment env = environment(1);
    DataStream<Directive> control =
        env.fromData(List.of(Directive.freeze("*")), BatchNormTypes.DIRECTIVE);
    BatchNormalization sliced =
        BatchNormalization.ofBatches(source(env, batches())).channelsPerSlice(2);

    assertThatThrownBy(() -> sliced.channelsPerSlice(0))
        .hasMessageContaining("channelsPerSlice is 0, wanted 1 or more");
    assertThatThrownBy(sliced.control(control)::apply)
        .hasMessageContaining("channelsPerSlice does not go with a control stream");
    env.enableCheckpointing(1000, CheckpointingMode.AT_LEAST_ONCE);
    assertThatThrownBy(sliced::apply)
        .hasMessageContaining("channelsPerSlice does not go with a control stream")
        .hasMessageContaining("channelsPerSlice wants checkpoints that are exactly once");
    assertThatThrownBy(BatchNormalization.ofBatches(source(env, batches())).apply()::slices)
        .hasMessageContaining("no slices without channelsPerSlice");
  }
}
