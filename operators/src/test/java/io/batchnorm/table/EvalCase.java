package io.batchnorm.table;

import io.batchnorm.core.Affine;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.types.FeatureBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.typeutils.RowTypeInfo;
import org.apache.flink.types.Row;

/** Statistics of three keys and samples of theirs, all drawn from one seed. */
final class EvalCase {
  private static final int CHANNELS = 5;
  private static final int SAMPLES = 60;

  private static final RowTypeInfo SAMPLE =
      (RowTypeInfo)
          Types.ROW_NAMED(
              new String[] {"id", "k", "x"},
              Types.STRING,
              Types.STRING,
              Types.OBJECT_ARRAY(Types.FLOAT));

  private static final RowTypeInfo STATISTICS =
      (RowTypeInfo)
          Types.ROW_NAMED(
              new String[] {"k", "running_mean", "running_var", "batches", "weight", "bias"},
              Types.STRING,
              Types.OBJECT_ARRAY(Types.FLOAT),
              Types.OBJECT_ARRAY(Types.FLOAT),
              Types.LONG,
              Types.OBJECT_ARRAY(Types.FLOAT),
              Types.OBJECT_ARRAY(Types.FLOAT));

  final Map<String, RunningStatistics> byKey = new TreeMap<>();
  final List<FeatureBatch> samples = new ArrayList<>();

  EvalCase(long seed) {
    Random random = new Random(seed);
    for (int k = 0; k < 3; k++) {
      byKey.put("k" + k, statistics(random, k));
    }
    for (int i = 0; i < SAMPLES; i++) {
      FeatureMap x = FeatureMap.of(floats(random, 3), 1, CHANNELS);
      samples.add(FeatureBatch.of("k" + random.nextInt(3), Integer.toString(i), x));
    }
  }

  /** Of float32 values; the first has neither weight nor bias, the second no bias. */
  private static RunningStatistics statistics(Random random, int k) {
    double[] mean = new double[CHANNELS];
    double[] var = new double[CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
      mean[c] = (float) random.nextGaussian();
      var[c] = (float) Math.exp(random.nextGaussian());
    }
    RunningStatistics plain =
        RunningStatistics.of(10 + k, RunningStatistics.UNKNOWN_COUNT, mean, var);
    float[] weight = floats(random, 1);
    return switch (k) {
      case 0 -> plain;
      case 1 -> plain.withAffine(Affine.of(weight, null));
      default -> plain.withAffine(Affine.of(weight, floats(random, 1)));
    };
  }

  private static float[] floats(Random random, double spread) {
    float[] values = new float[CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
      values[c] = (float) (spread * random.nextGaussian());
    }
    return values;
  }

  Path write(Path folder) throws IOException {
    Path file = folder.resolve("statistics.safetensors");
    StatisticsFile.write(file, byKey, false, Map.of());
    return file;
  }

  /** Views {@code samples} and {@code statistics}. */
  Sql views(Sql sql) {
    view(sql, "samples", samples.stream().map(EvalCase::row).toList(), SAMPLE);
    view(sql, "statistics", byKey.keySet().stream().map(this::statisticsRow).toList(), STATISTICS);
    return sql;
  }

  private static void view(Sql sql, String name, List<Row> rows, RowTypeInfo type) {
    sql.tables().createTemporaryView(name, sql.stream().fromData(rows, type));
  }

  private static Row row(FeatureBatch sample) {
    return Row.of(sample.ids().get(0), sample.key(), boxed(sample.features().values()));
  }

  private Row statisticsRow(String key) {
    RunningStatistics statistics = byKey.get(key);
    Affine affine = statistics.affine().orElse(null);
    return Row.of(
        key,
        boxed(statistics.meanAsFloats()),
        boxed(statistics.varAsFloats()),
        statistics.numBatchesTracked(),
        affine == null ? null : boxed(affine.weights()),
        affine == null ? null : boxed(affine.biases()));
  }

  static Float[] boxed(float[] values) {
    if (values == null) {
      return null;
    }
    Float[] boxed = new Float[values.length];
    for (int i = 0; i < values.length; i++) {
      boxed[i] = values[i];
    }
    return boxed;
  }
}
