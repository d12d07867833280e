package io.batchnorm.example;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.operator.BatchNormalization;
import io.batchnorm.operator.NormalizedStream;
import io.batchnorm.types.FeatureBatch;
import java.util.Arrays;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The example of the README, run by {@link ReadmeTest}. */
final class TenLines {
  private TenLines() {}

  public static void main(String[] args) throws Exception {
    // README: example
    var env = StreamExecutionEnvironment.getExecutionEnvironment().setParallelism(1);
    DataStream<FeatureBatch> batches =
        env.fromData( // key, id, values and shape (N, C)
            FeatureBatch.of("cam1", "a", FeatureMap.of(new float[] {1, 10, 3, 30}, 2, 2)),
            FeatureBatch.of("cam2", "b", FeatureMap.of(new float[] {5, 5, 5, 5}, 2, 2)));
    NormalizedStream result = BatchNormalization.ofBatches(batches).apply();
    result.normalized().map(b -> b.key() + " " + Arrays.toString(b.features().values())).print();
    result.statistics().map(s -> s.key() + " " + s.statistics()).print();
    env.execute();
    // README: end
  }
}
