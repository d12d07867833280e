package io.batchnorm.job.input;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.FeatureMap;
import io.batchnorm.types.FeatureBatch;
import java.util.List;
import org.apache.flink.api.common.eventtime.Watermark;
import org.apache.flink.api.common.eventtime.WatermarkGenerator;
import org.apache.flink.api.common.eventtime.WatermarkOutput;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.junit.jupiter.api.Test;

/** When watermarks come is up to a clock, so no batch of a file may depend on them. */
class CsvWatermarksTest {
  private static final CsvRow ROW =
      new CsvRow(
          FeatureBatch.of("k", "1", FeatureMap.of(new float[] {1}, 1, 1)),
          null,
          1_278_763_205_000L);

  private final WatermarkStrategy<CsvRow> strategy =
      Inputs.watermarks(new CsvColumns("k", List.of("a"), "t"));

  @Test
  void rowsHaveTheTimeOfTheirColumn() {
    assertThat(strategy.createTimestampAssigner(null).extractTimestamp(ROW, 0))
        .isEqualTo(1_278_763_205_000L);
  }

  @Test
  void noWatermarkComesBeforeTheEnd() {
    WatermarkGenerator<CsvRow> generator = strategy.createWatermarkGenerator(null);
    WatermarkOutput none =
        new WatermarkOutput() {
          @Override
          public void emitWatermark(Watermark watermark) {
            throw new AssertionError(watermark);
          }

          @Override
          public void markIdle() {}

          @Override
          public void markActive() {}
        };

    generator.onEvent(ROW, ROW.time(), none);
    generator.onPeriodicEmit(none);
  }
}
