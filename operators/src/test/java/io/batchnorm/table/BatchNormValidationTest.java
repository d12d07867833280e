package io.batchnorm.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A call that cannot work is refused while it is planned; no job starts. */
class BatchNormValidationTest {
  private StreamTableEnvironment tables;

  @BeforeEach
  void open() {
    tables = SqlCluster.tables(SqlCluster.configuration("hashmap"), 1);
    tables.executeSql(
        "CREATE TEMPORARY VIEW readings AS SELECT 'a' AS k, 1e0 AS x, 'text' AS note,"
            + " ARRAY[1e0] AS v, ARRAY['t'] AS words, ARRAY[1] AS s,"
            + " TIMESTAMP '2026-01-01 00:00:00' AS ts");
  }

  private String refusal(String arguments) {
    ValidationException refused =
        catchThrowableOfType(
            ValidationException.class,
            () -> {
              TableResult result =
                  tables.executeSql(
                      "SELECT * FROM BATCH_NORM(input => TABLE readings PARTITION BY k, %s)"
                          .formatted(arguments));
              result.getJobClient().orElseThrow().cancel().get();
            });
    assertThat(refused).as(arguments).isNotNull();
    Throwable root = refused;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "DESCRIPTOR(x, z)           | features names column z, which the input does not have; it"
            + " has k, x, note, v, words, s, ts",
        "DESCRIPTOR(x, X)           | features names column X, which the input does not have; it"
            + " has k, x, note, v, words, s, ts",
        "DESCRIPTOR(x, x)           | features names column x twice",
        "DESCRIPTOR(x, note)        | column note is CHAR(4) NOT NULL, wanted a number, or one"
            + " array of numbers alone; CAST it",
        "DESCRIPTOR(x, v)           | column v is ARRAY<DOUBLE NOT NULL> NOT NULL, wanted a"
            + " number, or one array of numbers alone; CAST it",
        "DESCRIPTOR(words)          | column words is ARRAY<CHAR(1) NOT NULL> NOT NULL, wanted an"
            + " array of numbers; CAST it",
        "DESCRIPTOR(x), shape => DESCRIPTOR(s) | shape goes with one array column, features names"
            + " numbers; leave it out",
        "DESCRIPTOR(v), shape => DESCRIPTOR(x) | shape is x DOUBLE NOT NULL, wanted one column of"
            + " type ARRAY<INT>",
        "DESCRIPTOR(v), shape => DESCRIPTOR(s, x) | shape is s ARRAY<INT NOT NULL> NOT NULL, x"
            + " DOUBLE NOT NULL, wanted one column of type ARRAY<INT>",
        "DESCRIPTOR(v), shape => DESCRIPTOR(u) | shape names column u, which the input does not"
            + " have; it has k, x, note, v, words, s, ts",
      })
  void columnThatDoesNotFitIsNamed(String features, String message) {
    assertThat(refusal("features => " + features)).isEqualTo("BATCH_NORM: " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "batch_size => 0            | batch_size is 0, wanted a whole number from 1 to 2147483647",
        "momentum => 1.5            | momentum is 1.5, wanted a number in [0, 1]: the weight of"
            + " the new batch",
        "momentum => 0.5 + 0.5      | momentum is an expression, wanted a literal such as momentum"
            + " => 0.1",
        "momentum => 0.5, averaging => 'population' | momentum is 0.5, but population averaging"
            + " has none; leave one of them out",
        "averaging => 'mean'        | averaging is 'mean', wanted one of 'exponential',"
            + " 'cumulative', 'population'",
        "eps => 0.0                 | eps is 0.0, wanted a finite number above 0, such as 1e-5",
        "mode => 'adapt'            | mode is 'adapt', wanted 'train' or 'eval'",
        "mode => 'Train'            | mode is 'Train', wanted 'train' or 'eval'",
        "non_finite => 'ignore'     | non_finite is 'ignore', wanted one of 'reject', 'propagate'",
        "freeze_after => 0          | freeze_after is 0, wanted a whole number from 1 to"
            + " 9223372036854775807",
        "batch_timeout => INTERVAL '10' MINUTE | batch_timeout goes by the time of rows; add"
            + " on_time => DESCRIPTOR(ts), a column with a WATERMARK",
        "batch_timeout => INTERVAL '0' SECOND, on_time => DESCRIPTOR(ts) | batch_timeout is PT0S,"
            + " wanted a time of at least a millisecond, such as INTERVAL '10' MINUTE",
      })
  void optionThatDoesNotFitIsNamed(String option, String message) {
    assertThat(refusal("features => DESCRIPTOR(x), " + option)).isEqualTo("BATCH_NORM: " + message);
  }

  @Test
  void processingTimeCannotPassThrough() {
    tables.executeSql("DROP TEMPORARY VIEW readings");
    tables.executeSql(
        "CREATE TEMPORARY TABLE readings (k STRING, x DOUBLE, p AS PROCTIME())"
            + " WITH ('connector' = 'datagen', 'number-of-rows' = '1')");

    assertThat(refusal("features => DESCRIPTOR(x)"))
        .isEqualTo(
            "BATCH_NORM: column p is a processing time, which cannot pass through; leave it out, or"
                + " CAST it to TIMESTAMP_LTZ(3)");
  }

  @Test
  void allFaultsAreTold() {
    assertThat(refusal("features => DESCRIPTOR(z), batch_size => 0, mode => 'x'"))
        .isEqualTo(
            "BATCH_NORM: features names column z, which the input does not have; it has k, x, note,"
                + " v, words, s, ts; batch_size is 0, wanted a whole number from 1 to 2147483647;"
                + " mode is 'x', wanted 'train' or 'eval'");
  }
}
