package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A job that fails behind unaligned checkpoints, which hold pieces on their way. */
@Timeout(180)
class UnalignedRecoveryTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = TestCluster.extension();

  private static final int BATCHES = 60;
  private static final int[] SHAPE = {2, 5, 150_000};
  private static final List<Directive> DIRECTIVES =
      List.of(
          Directive.freeze("a").afterBatches(10),
          Directive.unfreeze("a").afterBatches(20),
          Directive.reset("b").afterBatches(12));

  @TempDir Path folder;

  /** Six megabytes each, in turn of two keys. */
  static FeatureBatch batch(int number) {
    String key = number % 2 == 0 ? "a" : "b";
    return FeatureBatch.of(
        key, Integer.toString(number), Batches.ofShape(key, number / 2 % 3, SHAPE).features());
  }

  private static String digest(NormalizedBatch batch) {
    return "%s %s %s %d %d"
        .formatted(
            batch.key(),
            batch.ids().get(0),
            batch.mode(),
            batch.numBatchesTracked(),
            batch.features().hashCode());
  }

  private static List<String> unbroken(String key) {
    EagerModel model = new EagerModel(Job.on(Backend.HASHMAP));
    DIRECTIVES.forEach(model::direct);
    List<String> digests = new ArrayList<>();
    for (int number = 0; number < BATCHES; number++) {
      model.batch(batch(number));
    }
    model.normalized().stream()
        .filter(batch -> batch.key().equals(key))
        .map(UnalignedRecoveryTest::digest)
        .forEach(digests::add);
    return digests;
  }

  private Configuration configuration(Backend backend) {
    Configuration configuration = TestCluster.recovering(backend);
    configuration.set(CheckpointingOptions.ENABLE_UNALIGNED, true);
    configuration.set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem");
    configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, folder.toUri().toString());
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 100);
    return configuration;
  }

  @ParameterizedTest
  @CsvSource({"HASHMAP, 0", "ROCKSDB, 0", "HASHMAP, 3", "ROCKSDB, 3"})
  void putsOutWhatAnUnbrokenRunDoes(
      Backend backend, int width, @InjectMiniCluster MiniCluster cluster) throws Exception {
    FailsOnItsWay.Witness witness = new FailsOnItsWay.Witness(cluster);
    FailsOnItsWay.witness = witness;
    StreamExecutionEnvironment env = TestCluster.environment(configuration(backend), 2);
    DataStream<FeatureBatch> source =
        env.fromSequence(0, BATCHES - 1)
            .setParallelism(1)
            .map(number -> batch(number.intValue()))
            .returns(BatchNormTypes.FEATURE_BATCH)
            .setParallelism(1);
    BatchNormalization normalization = BatchNormalization.ofBatches(source).directives(DIRECTIVES);
    if (width > 0) {
      normalization.channelsPerSlice(width);
    }

    List<String> digests = new ArrayList<>();
    normalization
        .apply()
        .normalized()
        .map(UnalignedRecoveryTest::digest)
        .returns(Types.STRING)
        .map(new FailsOnItsWay())
        .returns(Types.STRING)
        .executeAndCollect()
        .forEachRemaining(digests::add);

    assertThat(witness.restoredWithRecordsOnTheirWay())
        .as("restored checkpoints that held records on their way")
        .isNotEmpty();
    for (String key : List.of("a", "b")) {
      assertThat(digests.stream().filter(digest -> digest.startsWith(key + " ")))
          .isEqualTo(unbroken(key));
    }
  }
}
