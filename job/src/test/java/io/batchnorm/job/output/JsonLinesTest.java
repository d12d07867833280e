package io.batchnorm.job.output;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonLinesTest {
  @Test
  void writesABatchWithItsWholeShape() throws Exception {
    String line = line(batch("cam", "a/1", new float[] {0.5f, -1f, 1e-20f, 3e20f}, 2, 2), false);

    assertThat(line)
        .isEqualTo(
            "{\"key\":\"cam\",\"id\":\"a/1\",\"mode\":\"train\",\"num_batches_tracked\":7,"
                + "\"shape\":[2,2],\"values\":[0.5,-1.0,1.0E-20,3.0E20]}\n");
  }

  @Test
  void writesASampleWithoutItsN() throws Exception {
    String line = line(batch("cam", "1", new float[] {1, 2, 3}, 1, 3, 1), true);

    assertThat(line).contains("\"shape\":[3,1],\"values\":[1.0,2.0,3.0]");
  }

  @Test
  void writesHalfASurrogatePairAsAQuestionMark() {
    RejectedRecord rejected =
        new RejectedRecord("a\ud800", "\udc00", RejectionReason.MALFORMED_COMMAND, "\ud83d\ude00");

    assertThat(new String(JsonLines.object(rejected), StandardCharsets.UTF_8))
        .startsWith("{\"key\":\"a?\",\"id\":\"?\",\"reason\":\"malformed_command\",")
        .doesNotContain("\\uD800");
  }

  @Test
  void spellsNumbersThatJsonDoesNotHaveAsStrings() throws Exception {
    float[] values = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, -0f};

    assertThat(line(batch("k", "1", values, 1, 4), true))
        .contains("\"values\":[\"NaN\",\"Infinity\",\"-Infinity\",-0.0]");
  }

  @Test
  void everyFloatComesBackBitForBit() throws Exception {
    Random random = new Random(3);
    float[] values = new float[20_000];
    for (int i = 0; i < values.length; i++) {
      float value = Float.intBitsToFloat(random.nextInt());
      values[i] = Float.isFinite(value) ? value : Float.MIN_VALUE;
    }

    JsonNode read = read(line(batch("k", "1", values, 1, values.length), true)).get("values");

    for (int i = 0; i < values.length; i++) {
      assertThat(Float.parseFloat(read.get(i).asText())).isEqualTo(values[i]);
    }
  }

  @Test
  void escapesNamesSoThatARecordIsOneLine() throws Exception {
    String hostile = "a\"b\\c\nd\re\u0001f\u2028ü😀/..";

    String line = line(batch(hostile, hostile, new float[] {1, 2}, 1, 2), true);

    assertThat(line.strip().lines()).hasSize(1);
    assertThat(read(line).get("key").textValue()).isEqualTo(hostile);
    assertThat(read(line).get("id").textValue()).isEqualTo(hostile);
  }

  @Test
  void writesARejectedRecordWithItsStableReason() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    RejectedRecord rejected =
        new RejectedRecord("k", "1", RejectionReason.NON_FINITE, "it has \"NaN\"");

    JsonLines.write(rejected, out);
    JsonLines.write(rejected, out);

    String line =
        "{\"key\":\"k\",\"id\":\"1\",\"reason\":\"non_finite\",\"message\":\"it has \\\"NaN\\\"\"}\n";
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo(line + line);
  }

  private static NormalizedBatch batch(String key, String id, float[] values, int... shape) {
    return new NormalizedBatch(key, List.of(id), FeatureMap.of(values, shape), Mode.TRAIN, 7);
  }

  private static String line(NormalizedBatch batch, boolean sample) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    JsonLines.write(batch, sample, out);
    return out.toString(StandardCharsets.UTF_8);
  }

  private static JsonNode read(String line) throws IOException {
    return new JsonMapper().readTree(line);
  }
}
