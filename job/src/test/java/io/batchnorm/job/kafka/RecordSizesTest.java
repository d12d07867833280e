package io.batchnorm.job.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Affine;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.record.AbstractRecords;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.RecordBatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecordSizesTest {
  private static final float[] LONGEST_FLOATS = {-1.17549435E-38f, -3.4028235E38f, -1.4E-45f};
  private static final double[] LONGEST_DOUBLES = {
    -2.2250738585072014E-308, -1.7976931348623157E308
  };

  /** JSON writes the second as six bytes. */
  private static final String[] LETTERS = {"a", "\u0001", "\"", "ü", "漢", "\ud83d\ude00", "/"};

  private final Random random = new Random(7);

  @ParameterizedTest
  @EnumSource(Format.class)
  void noNormalizedRecordIsLargerThanForetold(Format format) {
    for (int i = 0; i < 2000; i++) {
      FeatureBatch batch = batch();
      NormalizedBatch normalized =
          new NormalizedBatch(
              batch.key(),
              batch.ids(),
              FeatureMap.of(values(batch.features().values().length), batch.features().shape()),
              Mode.TRAIN,
              Long.MAX_VALUE);
      int bytes =
          sent(new NormalizedRecords("t", format, false, true).serialize(normalized, null, 0L));

      RecordSizes.Limit smaller = new RecordSizes.Limit("t", bytes - 1);
      assertThat(new RecordSizes(format, smaller, null).fault(batch)).isPresent();
    }
  }

  @Test
  void noRecordOfStatisticsIsLargerThanForetold() {
    for (int i = 0; i < 2000; i++) {
      FeatureBatch batch = batch();
      KeyStatistics learned =
          new KeyStatistics(batch.key(), statistics(batch.features().numFeatures()), true, true);
      int bytes = sent(new StatisticsRecords("t").serialize(learned, null, 0L));

      RecordSizes.Limit smaller = new RecordSizes.Limit("t", bytes - 1);
      assertThat(new RecordSizes(Format.NPY, null, smaller).fault(batch)).isPresent();
    }
  }

  @Test
  void whatFitsByFarIsNotRefused() {
    FeatureBatch batch =
        FeatureBatch.of("key", "id", FeatureMap.of(new float[8 << 20], 8, 1 << 10, 1 << 10));
    RecordSizes.Limit limit = new RecordSizes.Limit("t", (32 << 20) + (1 << 16));

    assertThat(new RecordSizes(Format.NPY, limit, limit).fault(batch)).isEmpty();
  }

  @Test
  void aFaultNamesTheTopicAndWhatToRaise() {
    FeatureBatch batch = FeatureBatch.of("key", "id", FeatureMap.of(new float[1000], 100, 10));
    RecordSizes.Limit small = new RecordSizes.Limit("small", 2000);

    assertThat(new RecordSizes(Format.NPY, small, null).fault(batch).orElseThrow())
        .matches(
            "its normalized record may take 5,2\\d\\d bytes, topic small takes 2,000;"
                + " raise its max.message.bytes and start again");
    assertThat(new RecordSizes(Format.NPY, null, small).fault(batch).orElseThrow())
        .startsWith("the statistics of its key may take 2,1");
  }

  /** What a producer counts against its limit. */
  private static int sent(ProducerRecord<byte[], byte[]> record) {
    return AbstractRecords.estimateSizeInBytesUpperBound(
        RecordBatch.CURRENT_MAGIC_VALUE,
        CompressionType.NONE,
        record.key(),
        record.value(),
        record.headers().toArray());
  }

  private FeatureBatch batch() {
    int[] shape = new int[2 + random.nextInt(4)];
    int count = 1;
    for (int i = 0; i < shape.length; i++) {
      shape[i] = 1 + random.nextInt(i == 1 ? 60 : 4);
      count *= shape[i];
    }
    return FeatureBatch.of(name(), name(), FeatureMap.of(new float[count], shape));
  }

  /** Some of these are as long as names may be. */
  private String name() {
    String letter = LETTERS[random.nextInt(LETTERS.length)];
    return letter.repeat(random.nextInt(10) == 0 ? 4096 / 4 : 1 + random.nextInt(20))
        + (random.nextBoolean() ? "\u0002".repeat(random.nextInt(3000)) : "");
  }

  private float[] values(int count) {
    float[] values = new float[count];
    boolean longest = random.nextBoolean();
    for (int i = 0; i < count; i++) {
      values[i] =
          longest
              ? LONGEST_FLOATS[random.nextInt(LONGEST_FLOATS.length)]
              : Float.intBitsToFloat(random.nextInt());
    }
    return values;
  }

  private RunningStatistics statistics(int channels) {
    double[] means = new double[channels];
    double[] vars = new double[channels];
    for (int c = 0; c < channels; c++) {
      means[c] = LONGEST_DOUBLES[random.nextInt(LONGEST_DOUBLES.length)];
      vars[c] =
          random.nextBoolean() ? Double.POSITIVE_INFINITY : -LONGEST_DOUBLES[random.nextInt(2)];
    }
    float[] weights = new float[channels];
    float[] biases = new float[channels];
    for (int c = 0; c < channels; c++) {
      weights[c] = LONGEST_FLOATS[random.nextInt(LONGEST_FLOATS.length)];
      biases[c] = LONGEST_FLOATS[random.nextInt(LONGEST_FLOATS.length)];
    }
    return RunningStatistics.of(1L << 62, 1L << 62, means, vars)
        .withAffine(Affine.of(weights, biases));
  }
}
