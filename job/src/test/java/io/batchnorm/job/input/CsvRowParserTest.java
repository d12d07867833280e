package io.batchnorm.job.input;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.RejectionReason;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CsvRowParserTest {
  private static final List<String> HEADER = List.of("time", "b", "sensor", "a");
  private static final CsvColumns COLUMNS = new CsvColumns("sensor", List.of("a", "b"), "time");

  private final CsvRowParser parser = new CsvRowParser(COLUMNS, HEADER);

  @Test
  void takesKeyChannelsAndTimeFromTheirColumnsInTheOrderAskedFor() {
    CsvRow row = parser.parse(7, List.of("1000", "2.5", "s1", "-1e3"));

    assertThat(row.rejected()).isNull();
    assertThat(row.time()).isEqualTo(1000);
    assertThat(row.sample().key()).isEqualTo("s1");
    assertThat(row.sample().ids()).containsExactly("7");
    assertThat(row.sample().features().shape()).containsExactly(1, 2);
    assertThat(row.sample().features().values()).containsExactly(-1000f, 2.5f);
  }

  @Test
  void hasNoTimeWithoutATimeColumn() {
    CsvRowParser timeless = new CsvRowParser(new CsvColumns("sensor", List.of("a"), null), HEADER);

    CsvRow row = timeless.parse(1, List.of("not a time", "x", "s1", "3"));

    assertThat(row.time()).isEqualTo(Long.MIN_VALUE);
    assertThat(row.sample().features().values()).containsExactly(3f);
  }

  @ParameterizedTest
  @CsvSource({
    "1278763205000, 1278763205000",
    "-5, -5",
    "2010-07-10T12:00:05Z, 1278763205000",
    "2010-07-10T12:00:05.250Z, 1278763205250",
    "2010-07-10T14:00:05+02:00, 1278763205000"
  })
  void readsTimeAsMillisecondsOrIso8601(String text, long milliseconds) {
    assertThat(parser.parse(1, List.of(text, "1", "s", "1")).time()).isEqualTo(milliseconds);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "noon",
        "2010-07-10",
        "1.5",
        "1e3",
        "+292278994-08-17T07:12:56Z",
        "9999999999999999999"
      })
  void rejectsATimeThatIsNone(String text) {
    assertMalformed(
        parser.parse(3, List.of(text, "1", "s", "1")),
        "row 3: column time is \"" + text + "\", wanted milliseconds since 1970 or a time such as");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", " ", "x", "nanny", "in", "nan(1)", "1,5", "1f", "1.0D", "2d ", "0x10", "0x1p3",
        "0X1P-3f", "\n1f", "1_000", "--1"
      })
  void rejectsANumberThatIsNoDecimalOne(String text) {
    assertMalformed(
        parser.parse(3, List.of("1", "1", "s", text)),
        "row 3: column a is \"" + text + "\", wanted a number");
  }

  @ParameterizedTest
  @CsvSource({
    "NaN, NaN",
    "-Infinity, -Infinity",
    "1e39, Infinity",
    "1e-60, 0",
    "' 1.5 ', 1.5",
    "+.5, .5",
    "-0, -0"
  })
  void leavesItToNormalizationWhetherAFloatIsFinite(String text, Float value) {
    CsvRow row = parser.parse(1, List.of("1", text, "s", "1"));

    assertThat(row.sample().features().values()[1]).isEqualTo(value);
  }

  @Test
  void rejectsARowWithoutAKey() {
    CsvRow row = parser.parse(9, List.of("1", "1", "", "1"));

    assertMalformed(row, "row 9: column sensor is empty, wanted a key");
    assertThat(row.rejected().key()).isEmpty();
    assertThat(row.rejected().id()).isEqualTo("9");
  }

  @Test
  void rejectsRowsWithMissingOrExtraFieldsUnderTheirKeyIfTheyHaveOne() {
    CsvRow extra = parser.parse(1, List.of("1", "1", "s", "1", "?"));
    CsvRow missing = parser.parse(2, List.of("1", "1", "s"));
    CsvRow keyless = parser.parse(3, List.of("1"));

    assertMalformed(extra, "row 1: it has 5 fields, wanted the 4 of the header");
    assertMalformed(missing, "row 2: it has 3 fields, wanted the 4 of the header");
    assertMalformed(keyless, "row 3: it has 1 fields, wanted the 4 of the header");
    assertThat(List.of(extra, missing, keyless))
        .extracting(row -> row.rejected().key())
        .containsExactly("s", "s", "");
  }

  @ParameterizedTest
  @CsvSource({
    "nan, NaN",
    "-NAN, NaN",
    "inf, Infinity",
    "' -inf ', -Infinity",
    "+infinity, Infinity"
  })
  void readsNonFiniteNumbersAsNumPyAndCWriteThem(String text, Float value) {
    CsvRow row = parser.parse(1, List.of("1", text, "s", "1"));

    assertThat(row.sample().features().values()[1]).isEqualTo(value);
  }

  @Test
  void rejectsAKeyThatIsNoUtf8RatherThanMixItWithOthers() {
    assertMalformed(
        parser.parse(4, List.of("1", "1", "k\uFFFDche", "1")),
        "row 4: column sensor is \"k\uFFFDche\", which is not UTF-8; convert the file");
  }

  @Test
  void showsOnlyTheStartOfALongField() {
    CsvRow row = parser.parse(1, List.of("1", "1", "s", "9".repeat(100_000) + "x"));

    assertThat(row.rejected().message()).hasSizeLessThan(120).contains("999...\", wanted a number");
  }

  private static void assertMalformed(CsvRow row, String message) {
    assertThat(row.sample()).isNull();
    assertThat(row.time()).isEqualTo(Long.MIN_VALUE);
    assertThat(row.rejected().reason()).isEqualTo(RejectionReason.MALFORMED_INPUT);
    assertThat(row.rejected().message()).startsWith(message);
  }
}
