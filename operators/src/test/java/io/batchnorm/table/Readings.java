package io.batchnorm.table;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.types.FeatureBatch;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.types.Row;

/** Made-up readings of some sensors, in order of time, one or the other of them not a number. */
final class Readings {
  static final TypeInformation<Row> TYPE =
      Types.ROW_NAMED(
          new String[] {"id", "k", "x", "y", "ts"},
          Types.STRING,
          Types.STRING,
          Types.FLOAT,
          Types.DOUBLE,
          Types.INSTANT);

  private static final int SENSORS = 5;

  private Readings() {}

  /** Rows a second or so apart. */
  static List<Row> of(int count) {
    Random random = new Random(7);
    List<Row> rows = new ArrayList<>();
    long time = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
    for (int i = 0; i < count; i++) {
      time += random.nextInt(2000);
      rows.add(
          Row.of(
              "r" + i,
              "sensor-" + random.nextInt(SENSORS),
              random.nextInt(29) == 0 ? Float.NaN : (float) (50 + 10 * random.nextGaussian()),
              random.nextGaussian() * 1e-3 + 1000,
              Instant.ofEpochMilli(time)));
    }
    return rows;
  }

  /** The same for the DataStream job. */
  static FeatureBatch sample(Row row) {
    float[] values = {row.<Float>getFieldAs(2), row.<Double>getFieldAs(3).floatValue()};
    return FeatureBatch.of(row.getFieldAs(1), row.getFieldAs(0), FeatureMap.of(values, 1, 2));
  }
}
