package io.batchnorm.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.operator.BatchNormalization;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import java.util.List;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The example of the README for tests of a user's own pipeline. */
class MyPipelineTest {
  // README: test
  @RegisterExtension static final MiniClusterExtension FLINK = new MiniClusterExtension();

  @Test
  void normalizesByTheStatisticsOfTheBatch() throws Exception {
    var env = StreamExecutionEnvironment.getExecutionEnvironment();
    var x = FeatureBatch.of("cam1", "a", FeatureMap.of(new float[] {1, 3}, 2, 1));
    List<NormalizedBatch> y =
        BatchNormalization.ofBatches(env.fromData(x)).apply().normalized().executeAndCollect(1);
    assertThat(y.get(0).features().values()).containsExactly(new float[] {-1, 1}, within(1e-5f));
  }
  // README: end
}
