package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.BatchPartSerializer;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.FeatureBatchSerializer;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.NormalizedBatchSerializer;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Batches above what Flink lets cross the network without a detour over the disk. */
@Timeout(120)
class LargeBatchTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = TestCluster.extension();

  /** 4.8 MB a channel, which is more than a piece should have; 14.4 MB; 8 MB; small. */
  private static final int[][] SHAPES = {
    {2, 1, 600_000}, {2, 3, 600_000}, {1, 20, 100_000}, {2, 3, 4}
  };

  private static List<FeatureBatch> batches(int each) {
    List<FeatureBatch> batches = new ArrayList<>();
    for (int number = 0; number < each; number++) {
      for (int shape = 0; shape < SHAPES.length; shape++) {
        batches.add(Batches.ofShape("key" + shape, number, SHAPES[shape]));
      }
    }
    return batches;
  }

  /** Made where there are many subtasks, so that several send those of the same key. */
  private static SingleOutputStreamOperator<FeatureBatch> made(
      StreamExecutionEnvironment env, int each) {
    return env.fromData(Types.INT, numbers(each))
        .rebalance()
        .map(number -> batches(each).get(number))
        .returns(BatchNormTypes.FEATURE_BATCH);
  }

  private static Integer[] numbers(int each) {
    Integer[] numbers = new Integer[each * SHAPES.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = i;
    }
    return numbers;
  }

  /** A batch is too large for the sink that collects results. */
  private static String digest(NormalizedBatch batch) {
    return batch.ids() + " " + batch.features() + " " + batch.features().hashCode();
  }

  private static List<String> expected(int each) {
    EagerModel model = new EagerModel(Job.on(Backend.HASHMAP));
    batches(each).forEach(model::batch);
    return model.normalized().stream().map(LargeBatchTest::digest).toList();
  }

  @ParameterizedTest
  @CsvSource({"1, false", "3, false", "1, true", "3, true"})
  void giveTheBitsOfWholeOnesFromAnyNumberOfSenders(int parallelism, boolean controlled)
      throws Exception {
    StreamExecutionEnvironment env =
        TestCluster.environment(TestCluster.configuration(), parallelism);
    BatchNormalization normalization = BatchNormalization.ofBatches(made(env, 2));
    if (controlled) {
      normalization.control(
          env.fromData(List.of(Directive.unfreeze("*")), BatchNormTypes.DIRECTIVE));
    }

    List<String> digests = new ArrayList<>();
    normalization
        .apply()
        .normalized()
        .map(LargeBatchTest::digest)
        .returns(Types.STRING)
        .executeAndCollect()
        .forEachRemaining(digests::add);

    assertThat(digests).containsExactlyInAnyOrderElementsOf(expected(2));
  }

  private static StreamExecutionEnvironment environment() {
    return TestCluster.environment(TestCluster.configuration(), 3);
  }

  @Test
  void crossTheShuffleInPiecesThatAreChainedToBothEnds() {
    StreamExecutionEnvironment env = environment();

    BatchNormalization.ofBatches(made(env, 1)).apply().normalized().sinkTo(new DiscardingSink<>());

    Edges edges = Edges.of(env);
    assertThat(edges.serializers())
        .contains(BatchPartSerializer.class)
        .doesNotContain(FeatureBatchSerializer.class, NormalizedBatchSerializer.class);
    assertThat(edges.chains()).hasSize(3);
    assertThat(edges.chains().get(1)).contains("Map", "batchnorm-cutter");
    assertThat(edges.chains().get(2)).contains("batchnorm-joiner", "batchnorm", "Sink");
  }

  @Test
  void samplesAndMicroBatchesUnderAControlStreamCrossInPieces() {
    StreamExecutionEnvironment env = environment();
    DataStream<Directive> control =
        env.fromData(List.of(Directive.freeze("*")), BatchNormTypes.DIRECTIVE);

    BatchNormalization.ofSamples(made(env, 1), 2)
        .control(control)
        .apply()
        .normalized()
        .sinkTo(new DiscardingSink<>());

    Edges edges = Edges.of(env);
    assertThat(edges.serializers())
        .filteredOn(BatchPartSerializer.class::equals)
        .as("samples to the micro-batcher, and micro-batches to the controlled operator")
        .hasSize(2);
    assertThat(edges.serializers())
        .doesNotContain(FeatureBatchSerializer.class, NormalizedBatchSerializer.class);
  }

  /** After a restore such a job may see some pieces again without the others. */
  @Test
  void nothingIsCutWhereCheckpointsAreAtLeastOnce() {
    StreamExecutionEnvironment env = environment();
    env.enableCheckpointing(1000, CheckpointingMode.AT_LEAST_ONCE);

    BatchNormalization.ofBatches(made(env, 1)).apply().normalized().sinkTo(new DiscardingSink<>());

    assertThat(Edges.of(env).serializers())
        .contains(FeatureBatchSerializer.class)
        .doesNotContain(BatchPartSerializer.class);
  }

  @Test
  void whereNothingIsShuffledNothingIsCut() {
    StreamExecutionEnvironment env = environment();

    BatchNormalization.ofBatches(made(env, 1))
        .alreadyPartitioned()
        .apply()
        .normalized()
        .sinkTo(new DiscardingSink<>());

    assertThat(Edges.of(env).chains())
        .noneMatch(chain -> chain.contains("cutter") || chain.contains("joiner"));
  }
}
