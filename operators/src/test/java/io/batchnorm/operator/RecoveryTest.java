package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A job that fails behind a checkpoint puts out what one that never failed does. */
@Timeout(60)
class RecoveryTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = TestCluster.extension();

  private static final int BATCHES = 12;
  private static final String FAILS_AT = "camera/9";
  private static final List<Directive> DIRECTIVES =
      List.of(
          Directive.load("*", Batches.statistics()).afterBatches(7),
          Directive.freeze("*").afterBatches(10));

  private static NormalizedBatch failingOnce(NormalizedBatch batch) {
    if (batch.ids().contains(FAILS_AT)) {
      HaltingSource.witness.failOnce();
    }
    return batch;
  }

  private static List<NormalizedBatch> unbroken(String key) {
    EagerModel model = new EagerModel(Job.on(Backend.HASHMAP));
    DIRECTIVES.forEach(model::direct);
    Batches.inTurn(0, BATCHES).forEach(model::batch);
    return model.normalized().stream().filter(batch -> batch.key().equals(key)).toList();
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void putsOutWhatAnUnbrokenRunDoes(Backend backend) throws Exception {
    HaltingSource.Witness witness = new HaltingSource.Witness();
    HaltingSource.witness = witness;
    int keys = Batches.KEYS.size();
    StreamExecutionEnvironment env = TestCluster.environment(TestCluster.recovering(backend), 2);
    DataStream<FeatureBatch> source =
        env.addSource(new HaltingSource(keys, BATCHES, 2), "halting", BatchNormTypes.FEATURE_BATCH);
    NormalizedStream stream =
        BatchNormalization.ofBatches(source).directives(DIRECTIVES).statisticsEvery(4).apply();

    Collected collected =
        Collected.of(
            env,
            new NormalizedStream(
                stream
                    .normalized()
                    .map(RecoveryTest::failingOnce)
                    .returns(BatchNormTypes.NORMALIZED_BATCH),
                stream.statistics(),
                stream.rejected()));

    assertThat(witness.failed).isTrue();
    assertThat(witness.restoredAt).hasValueGreaterThanOrEqualTo(keys * BATCHES / 2);
    for (String key : Batches.KEYS) {
      assertThat(new ArrayList<>(collected.normalized().get(key))).isEqualTo(unbroken(key));
      assertThat(collected.statistics().get(key))
          .extracting(record -> record.statistics().numBatchesTracked())
          .containsExactly(4L, 40L, 41L, 43L, 43L, 43L);
    }
    assertThat(collected.rejected()).isEmpty();
  }
}
