package io.batchnorm.job.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.batchnorm.core.Affine;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.KeyStatistics;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatisticsJsonTest {
  private static final String NUMBERS =
      "\"num_batches_tracked\":1,\"running_mean\":[0],\"running_var\":[1]";

  @Test
  void writesEveryFieldThatIsThere() {
    RunningStatistics statistics =
        RunningStatistics.of(80, 640, new double[] {0.5, -2}, new double[] {2, 1e-300})
            .withAffine(Affine.of(new float[] {0.1f, 1}, new float[] {0, -3}));

    assertThat(text(new KeyStatistics("cam1", statistics, true, true)))
        .isEqualTo(
            """
            {"key":"cam1","num_batches_tracked":80,"count":640,"frozen":true,"reset":true,\
            "running_mean":[0.5,-2.0],"running_var":[2.0,1.0E-300],\
            "weight":[0.1,1.0],"bias":[0.0,-3.0]}
            """);
  }

  @Test
  void leavesOutWhatIsUnknownOrFalse() {
    RunningStatistics statistics =
        RunningStatistics.of(
            7, RunningStatistics.UNKNOWN_COUNT, new double[] {0.5}, new double[] {2});

    assertThat(text(KeyStatistics.of("cam1", statistics, false)))
        .isEqualTo(
            "{\"key\":\"cam1\",\"num_batches_tracked\":7,\"running_mean\":[0.5],"
                + "\"running_var\":[2.0]}\n");
  }

  @Test
  void saysInFewWordsThatAKeyWasForgotten() throws Exception {
    assertThat(text(KeyStatistics.forgotten("cam1", false)))
        .isEqualTo("{\"key\":\"cam1\",\"reset\":true}\n");
    assertThat(text(KeyStatistics.forgotten("cam1", true)))
        .isEqualTo("{\"key\":\"cam1\",\"frozen\":true,\"reset\":true}\n");
    assertThat(read("{\"reset\":true,\"key\":\"cam1\"}"))
        .isEqualTo(KeyStatistics.forgotten("cam1", false));
    assertThat(read("{\"key\":\"cam1\",\"frozen\":true,\"reset\":true}"))
        .isEqualTo(KeyStatistics.forgotten("cam1", true));
  }

  @Test
  void readsWhatItWroteBitForBit() throws Exception {
    double[] mean = {
      0.0,
      -0.0,
      Double.MIN_VALUE,
      -Double.MIN_VALUE,
      Double.MIN_NORMAL,
      Math.nextDown(Double.MIN_NORMAL),
      Double.MAX_VALUE,
      -Double.MAX_VALUE,
      Math.nextUp(1.0),
      0.1 + 0.2,
      2e-3,
      1.0E23
    };
    double[] var = Arrays.stream(mean).map(Math::abs).toArray();
    var[3] = Double.POSITIVE_INFINITY;
    float[] weight = new float[mean.length];
    float[] bias = new float[mean.length];
    weight[0] = Float.MIN_VALUE;
    weight[1] = Float.MAX_VALUE;
    weight[2] = 0.1f;
    bias[0] = -0f;
    bias[1] = Math.nextDown(Float.MIN_NORMAL);
    bias[2] = 1.17549435E-38f;
    for (long batches : new long[] {0, 1, RunningStatistics.MAX_BATCHES}) {
      RunningStatistics statistics =
          RunningStatistics.of(batches, batches, mean, var).withAffine(Affine.of(weight, bias));
      assertComesBack(new KeyStatistics("k", statistics, true, true));
      assertComesBack(KeyStatistics.of("k", statistics, false));
    }
  }

  @Test
  void readsRandomBitsAsItWroteThem() throws Exception {
    Random random = new Random(1);
    for (int i = 0; i < 2000; i++) {
      int channels = 1 + random.nextInt(20);
      double[] mean =
          random
              .longs()
              .mapToDouble(Double::longBitsToDouble)
              .filter(Double::isFinite)
              .limit(channels)
              .toArray();
      double[] var = Arrays.stream(mean).map(Math::abs).toArray();
      float[] weight = new float[channels];
      for (int c = 0; c < channels; c++) {
        float bits = Float.intBitsToFloat(random.nextInt());
        weight[c] = Float.isFinite(bits) ? bits : c;
      }
      RunningStatistics statistics =
          RunningStatistics.of(i, i % 3 - 1, mean, var)
              .withAffine(i % 2 == 0 ? null : Affine.of(weight, null));
      assertComesBack(new KeyStatistics("k" + i, statistics, i % 5 == 0, i % 7 == 0));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " ",
        "**",
        "カメラ1",
        "\uD83D\uDCF7",
        "a\"b\\c",
        "\n\r\t\0",
        "\uFEFF",
        "\u2028",
        "\ud800",
        "a\udc00b",
        "\uffff"
      })
  void keepsAnyKey(String key) throws Exception {
    assertComesBack(KeyStatistics.of(key, RunningStatistics.initial(1), false));
    assertThat(text(KeyStatistics.forgotten(key, false)).lines()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"key\":\"\",\"reset\":true} | | \"key\" is \"\", wanted the name of one key",
        "{\"key\":\"*\",\"reset\":true} | * | \"key\" is \"*\", wanted the name of one key",
        "x | | it is no JSON object: Unrecognized token 'x'",
        "[[[[ | | it is an array, wanted a JSON object",
        "\"a\" | | it is \"a\", wanted a JSON object",
        "{\"key\":\"a\" | a | it is no JSON object: Unexpected end-of-input",
        "{\"key\":\"a\",\"key\":\"b\"} | a | it is no JSON object: Duplicate field 'key'",
        "{\"key\":\"a\",NUMBERS} {} | a | an object comes behind it, wanted one JSON object",
        "{\"key\":\"a\",NUMBERS} 5 | a | 5 comes behind it, wanted one JSON object",
        "{\"key\":\"a\",NUMBERS,\"momentum\":1} | a | \"momentum\" is no field of statistics, wanted bias, count, frozen, key, num_batches_tracked, reset, running_mean, running_var, weight",
        "{NUMBERS} | | \"key\" is missing, wanted the name of a key",
        "{\"key\":5} | | \"key\" is 5, wanted the name of a key",
        "{\"key\":\"a\",NUMBERS,\"frozen\":1} | a | \"frozen\" is 1, wanted true or false",
        "{\"key\":\"a\",NUMBERS,\"reset\":null} | a | \"reset\" is null, wanted true or false",
        "{\"key\":\"a\"} | a | \"running_mean\" is missing, wanted an array of numbers",
        "{\"key\":\"a\",\"reset\":true,\"count\":0} | a | \"running_mean\" is missing, wanted an array of numbers",
        "{\"key\":\"a\",NUMBERS,\"count\":-1} | a | \"count\" is -1, wanted a whole number of 0 or more",
        "{\"key\":\"a\",NUMBERS,\"count\":1.0} | a | \"count\" is 1.0, wanted a whole number of 0 or more",
        "{\"key\":\"a\",NUMBERS,\"count\":9223372036854775808} | a | \"count\" is 9223372036854775808, wanted a whole number",
        "{\"key\":\"a\",NUMBERS,\"count\":9223372036854775807} | a | count is 9223372036854775807, wanted 0 to 2^62",
        "{\"key\":\"a\",\"running_mean\":0} | a | \"running_mean\" is 0, wanted an array of numbers",
        "{\"key\":\"a\",\"running_mean\":[]} | a | \"running_mean\" is [], wanted an array of numbers",
        "{\"key\":\"a\",\"running_mean\":[NaN]} | a | it is no JSON object: Non-standard token 'NaN'",
        "{\"key\":\"a\",\"running_mean\":[\"NaN\"]} | a | \"running_mean\" holds \"NaN\", wanted numbers",
        "{\"key\":\"a\",\"running_mean\":[\"Infinity\"]} | a | \"running_mean\" holds \"Infinity\", wanted numbers",
        "{\"key\":\"a\",\"running_var\":[\"-Infinity\"]} | a | \"running_var\" holds \"-Infinity\", wanted numbers",
        "{\"key\":\"a\",\"running_mean\":[1e999]} | a | \"running_mean\" holds 1e999, wanted numbers",
        "{\"key\":\"a\",\"running_mean\":[0,null]} | a | \"running_mean\" holds null, wanted numbers",
        "{\"key\":\"a\",\"running_mean\":[[0]]} | a | \"running_mean\" holds an array, wanted numbers",
        "{\"key\":\"a\",\"running_mean\":[{}]} | a | \"running_mean\" holds an object, wanted numbers",
        "{\"key\":\"a\",\"num_batches_tracked\":1,\"running_mean\":[0],\"running_var\":[-1]} | a | running_var[0] is -1.0, wanted 0 or more",
        "{\"key\":\"a\",\"num_batches_tracked\":1,\"running_mean\":[0],\"running_var\":[1,1]} | a | running_mean has 1 channels and running_var 2",
        "{\"key\":\"a\",NUMBERS,\"weight\":[1,2]} | a | weight and bias have 2 channels, running_mean 1",
        "{\"key\":\"a\",NUMBERS,\"weight\":[1],\"bias\":[1,2]} | a | weight has 1 channels and bias 2",
        "{\"key\":\"a\",NUMBERS,\"weight\":[1e39]} | a | \"weight\" holds 1e39, wanted numbers that float32 has",
        "{\"key\":\"a\",NUMBERS,\"bias\":[-3.5e38]} | a | \"bias\" holds -3.5e38, wanted numbers that float32 has",
      })
  void refusesWhatIsNoneAndSaysWhatWasWanted(String line, String key, String sentence) {
    MalformedStatisticsException refused = refused(line.replace("NUMBERS", NUMBERS));

    assertThat(refused.key()).isEqualTo(key == null ? "" : key);
    assertThat(refused).hasMessageStartingWith(sentence);
  }

  @Test
  void refusesBytesThatAreNoUtf8() {
    byte[] line = "{\"key\":\"?\"}".getBytes(StandardCharsets.UTF_8);
    line[8] = (byte) 0xc3;

    assertThatThrownBy(() -> StatisticsJson.read(new ByteArrayInputStream(line)))
        .isInstanceOf(MalformedStatisticsException.class)
        .hasMessage("it is no text in UTF-8");
  }

  @Test
  void saysNoMoreThanALineOfWhatIsVeryLong() {
    String longText = "x".repeat(100_000);
    String[] lines = {
      "{\"key\":\"a\",\"count\":\"" + longText + "\"}",
      "{\"key\":\"a\",\"count\":" + "9".repeat(900) + "}",
      "{\"key\":\"a\",\"count\":" + "9".repeat(100_000) + "}",
      "{\"key\":\"a\",\"" + "x".repeat(40_000) + "\":1}",
      "{\"key\":\"a\",\"" + longText + "\":1}",
      "{\"key\":\"a\",\"running_mean\":" + "[".repeat(100_000),
      "[".repeat(100_000),
      longText,
      "{\"key\":\"a\",\"count\":\"\\n\\u0000\"}",
    };
    for (String line : lines) {
      MalformedStatisticsException refused = refused(line);
      assertThat(refused.getMessage()).hasSizeLessThan(500).doesNotContain("\n", "\0");
    }
  }

  private static MalformedStatisticsException refused(String line) {
    return catchThrowableOfType(MalformedStatisticsException.class, () -> read(line));
  }

  private static void assertComesBack(KeyStatistics statistics) throws Exception {
    assertThat(read(text(statistics))).isEqualTo(statistics);
  }

  private static String text(KeyStatistics statistics) {
    return new String(StatisticsJson.line(statistics), StandardCharsets.UTF_8);
  }

  private static KeyStatistics read(String line) throws MalformedStatisticsException {
    return StatisticsJson.read(new ByteArrayInputStream(line.getBytes(StandardCharsets.UTF_8)));
  }
}
