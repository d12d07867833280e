package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.core.Mode;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.source.legacy.SourceFunction;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole jobs that forget idle keys, on a real cluster in this JVM. */
@Timeout(120)
class IdleKeysPipelineTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = TestCluster.extension();

  private static final String IDLE = "idle";
  private static final String BUSY = "busy";

  private static volatile CountDownLatch forgotten;

  private static FeatureBatch sample(String key, int number) {
    return Batches.ofShape(key, number, 1, 3, 2);
  }

  /** Goes on when the idle key is forgotten. */
  private static final class TwoLives implements SourceFunction<FeatureBatch> {
    private static final long serialVersionUID = 1L;

    @Override
    public void run(SourceContext<FeatureBatch> context) throws Exception {
      for (int number = 0; number < 3; number++) {
        context.collect(sample(BUSY, number));
      }
      context.collect(sample(IDLE, 0));
      context.collect(sample(IDLE, 1));
      forgotten.await();
      context.collect(sample(BUSY, 3));
      context.collect(sample(IDLE, 0));
      context.collect(sample(IDLE, 1));
    }

    @Override
    public void cancel() {
      forgotten.countDown();
    }
  }

  private static KeyStatistics seen(KeyStatistics told) {
    if (told.key().equals(IDLE)) {
      forgotten.countDown();
    }
    return told;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void idleKeyLivesTwiceAndOneWithASampleThatWaitsLivesOn(boolean controlled) throws Exception {
    forgotten = new CountDownLatch(1);
    StreamExecutionEnvironment env = TestCluster.environment(TestCluster.configuration(), 1);
    BatchNormalization normalization =
        BatchNormalization.ofSamples(
                env.addSource(new TwoLives(), "two lives", BatchNormTypes.FEATURE_BATCH), 2)
            .stateTtl(Duration.ofSeconds(2));
    if (controlled) {
      normalization.control(
          env.fromData(List.of(Directive.unfreeze("*")), BatchNormTypes.DIRECTIVE));
    }
    NormalizedStream stream = normalization.apply();
    DataStream<KeyStatistics> statistics =
        stream.statistics().map(IdleKeysPipelineTest::seen).returns(BatchNormTypes.KEY_STATISTICS);

    Collected collected =
        Collected.of(env, new NormalizedStream(stream.normalized(), statistics, stream.rejected()));

    assertThat(versions(collected.normalized().get(BUSY))).containsExactly(1L, 1L, 2L, 2L);
    assertThat(versions(collected.normalized().get(IDLE))).containsExactly(1L, 1L, 1L, 1L);
    assertThat(collected.rejected()).isEmpty();
    Map<String, List<KeyStatistics>> told = collected.statistics();
    assertThat(told.get(BUSY)).hasSize(1);
    assertThat(told.get(IDLE)).hasSize(2).allMatch(KeyStatistics::reset);
    assertThat(told.get(IDLE).get(1)).isEqualTo(told.get(IDLE).get(0));
  }

  private static List<Long> versions(List<NormalizedBatch> normalized) {
    return normalized.stream().map(NormalizedBatch::numBatchesTracked).toList();
  }

  private static BatchNormalization normalization() {
    StreamExecutionEnvironment env = TestCluster.environment(TestCluster.configuration(), 1);
    return BatchNormalization.ofBatches(
        env.fromData(Batches.inTurn(0, 1), BatchNormTypes.FEATURE_BATCH));
  }

  @Test
  void settingsThatCannotBeAreRefusedTogether() {
    BatchNormalization impossible =
        normalization().stateTtl(Duration.ofDays(7)).mode(Mode.EVAL).channelsPerSlice(2);

    assertThatThrownBy(impossible::apply)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("stateTtl is for mode train")
        .hasMessageContaining("stateTtl does not go with channelsPerSlice");
  }

  @Test
  void timesThatCannotBeAreRefused() {
    for (Duration ttl :
        List.of(Duration.ZERO, Duration.ofDays(-1), Duration.ofNanos(1), Duration.ofDays(36_501))) {
      assertThatThrownBy(() -> normalization().stateTtl(ttl))
          .hasMessageContaining("stateTtl is %s, wanted 1 ms to 36500 days".formatted(ttl));
    }
  }
}
