package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SummaryTest {
  private final Locale before = Locale.getDefault();

  @AfterEach
  void restoreLocale() {
    Locale.setDefault(before);
  }

  @Test
  void isOneLineWhereNothingWasRejected() {
    assertThat(printed(Map.of("records", 12_345L, "values", 1_234_567L), 2.25))
        .isEqualTo("normalized 12,345 records (1,234,567 values), rejected 0, in 2.3 s\n");
  }

  @Test
  void countsNothingAsZero() {
    assertThat(printed(Map.of(), 0))
        .isEqualTo("normalized 0 records (0 values), rejected 0, in 0.0 s\n");
  }

  @Test
  void listsRejectedRecordsByReasonAndShowsAllWhereTheyAreFew() {
    Map<String, Object> counts =
        Map.of(
            "records", 1L,
            "values", 2L,
            "rejected", 2L,
            "rejected.non_finite", 1L,
            "rejected.empty_batch", 1L,
            "rejected examples", List.of("a/1: first", "a/2: second"));

    assertThat(printed(counts, 1))
        .isEqualTo(
            """
            normalized 1 records (2 values), rejected 2, in 1.0 s
              empty_batch: 1
              non_finite: 1
            they are:
              a/1: first
              a/2: second
            """);
  }

  @Test
  void showsTheFirstOfManyRejectedRecords() {
    Map<String, Object> counts =
        Map.of(
            "rejected", 1000L,
            "rejected.non_finite", 1000L,
            "rejected examples", List.of("a/1: first"));

    assertThat(printed(counts, 1))
        .endsWith("  non_finite: 1,000\nthe first of them:\n  a/1: first\n");
  }

  @Test
  void looksTheSameWhateverTheLocale() {
    Locale.setDefault(Locale.GERMANY);

    assertThat(printed(Map.of("records", 1000L), 1.5)).contains("1,000 records", "in 1.5 s");
  }

  private static String printed(Map<String, Object> counts, double seconds) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new Summary(counts, seconds).print(new PrintStream(out, true, StandardCharsets.UTF_8));
    return out.toString(StandardCharsets.UTF_8);
  }
}
