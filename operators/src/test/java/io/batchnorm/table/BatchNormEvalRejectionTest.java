package io.batchnorm.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.Row;
import org.apache.flink.util.ExceptionUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows and calls that cannot be normalized. */
class BatchNormEvalRejectionTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = SqlCluster.extension();

  private static final String NONE = "CAST(NULL AS ARRAY<DOUBLE>)";

  @TempDir private Path folder;

  private final EvalCase served = new EvalCase(6);
  private final Sql sql = Sql.session();

  /** Case, features, mean, var, batches, weight, bias, reason, message. */
  private static final List<List<String>> JOINED =
      List.of(
          List.of(NONE, "A", "A", "1", "A", "A", "malformed_input", "column features is NULL"),
          List.of("ARRAY[1e0, NO]", "A", "A", "1", "A", "A", "malformed_input", "element 2 of"),
          List.of("ARRAY[1e0, NAN]", "A", "A", "1", "A", "A", "non_finite", "has NaN in sample 0"),
          List.of("ARRAY[1e0, 1e39]", "A", "A", "1", "A", "A", "non_finite", "has Infinity"),
          List.of("ARRAY[1e0]", "A", "A", "1", "A", "A", "channel_mismatch", "has 1 channels, the"),
          List.of(
              "ARRAY_REMOVE(ARRAY[1e0], 1e0)", "A", "A", "1", "A", "A", "empty_batch", "no val"),
          List.of("A", NONE, NONE, "1", "A", "A", "no_statistics", "running_var are NULL"),
          List.of("A", NONE, "A", "1", "A", "A", "malformed_statistics", "running_mean is NULL"),
          List.of("A", "A", NONE, "1", "A", "A", "malformed_statistics", "running_var is NULL"),
          List.of("A", "ARRAY[1e0]", "A", "1", "A", "A", "malformed_statistics", "1 channels and"),
          List.of(
              "A", "ARRAY[1e0, NAN]", "A", "1", "A", "A", "malformed_statistics", "mean[1] is N"),
          List.of("A", "ARRAY[1e0, NO]", "A", "1", "A", "A", "malformed_statistics", "[1] is NULL"),
          List.of(
              "A", "A", "ARRAY[-1e0, 1e0]", "1", "A", "A", "malformed_statistics", "is -1.0, w"),
          List.of(
              "A", "A", "ARRAY[NAN, 1e0]", "1", "A", "A", "malformed_statistics", "var[0] is N"),
          List.of("A", "A", "A", "-5", "A", "A", "malformed_statistics", "tracked is -5, wanted 0"),
          List.of("A", "A", "A", "1", "ARRAY[1e0]", "A", "malformed_statistics", "weight has 1 ch"),
          List.of("A", "A", "A", "1", "ARRAY[1e0]", NONE, "malformed_statistics", "have 1 channel"),
          List.of(
              "A", "A", "A", "1", "A", "ARRAY[1e0, 1e39]", "malformed_statistics", "bias[1] is"),
          List.of(
              "A",
              "ARRAY[0e0, 0e0]",
              "ARRAY[1e0, 1e0]",
              "CAST(NULL AS INT)",
              "A",
              "A",
              "no_statistics",
              "has learned none"));

  @Test
  void everyRowComesOutWithItsReason() throws Exception {
    StringBuilder values = new StringBuilder("(-1, A, A, A, 1, A, A)");
    for (int i = 0; i < JOINED.size(); i++) {
      values.append(", (%d, %s)".formatted(i, String.join(", ", JOINED.get(i).subList(0, 6))));
    }
    String table =
        values
            .toString()
            .replaceAll("\\bA\\b", "ARRAY[1e0, 1e0]")
            .replace("NAN", "CAST('NaN' AS DOUBLE)")
            .replaceAll("\\bNO\\b", "CAST(NULL AS DOUBLE)");

    Map<Integer, Row> results =
        sql
            .rows(
                "SELECT id, BATCH_NORM_EVAL(x, m, v, n, w, b) FROM (VALUES %s) AS t(id, x, m, v, n, w, b)"
                    .formatted(table))
            .stream()
            .collect(Collectors.toMap(row -> row.getFieldAs(0), row -> row.getFieldAs(1)));

    assertThat(results).hasSize(JOINED.size() + 1);
    assertThat(results.get(-1).getField("rejected_reason")).isNull();
    for (int i = 0; i < JOINED.size(); i++) {
      Row result = results.get(i);
      assertThat(result.getField("normalized")).as(JOINED.get(i).toString()).isNull();
      assertThat(result.getField("num_batches_tracked")).isNull();
      assertThat(result.getField("rejected_reason")).isEqualTo(JOINED.get(i).get(6));
      assertThat((String) result.getField("rejected_message")).contains(JOINED.get(i).get(7));
    }
  }

  @Test
  void aKeyThatTheFileLacksIsARejectedRow() throws Exception {
    Path file = served.write(folder);

    List<Row> rows =
        sql.rows(
            ("SELECT BATCH_NORM_EVAL(ARRAY[1e0, 1, 1, 1, 1], '%s', k).rejected_message FROM"
                    + " (VALUES 'k1', 'other', CAST(NULL AS STRING)) AS t(k)")
                .formatted(file));

    String wanted = ", wanted one of its 3 keys; train it, or use another file";
    assertThat(rows)
        .containsExactlyInAnyOrder(
            Row.of((String) null),
            Row.of(file + " has no statistics of key \"other\"" + wanted),
            Row.of(file + " has no statistics of key NULL" + wanted));
  }

  @Test
  void aFileThatIsNotThereEndsTheJobWithItsName() {
    Path file = folder.resolve("absent.safetensors");

    assertThat(failure(file))
        .isEqualTo(
            ("BATCH_NORM_EVAL: %s: there is no such file; wanted a safetensors file at that path"
                    + " on every machine that runs tasks")
                .formatted(file));
  }

  @Test
  void aFileOfSomethingElseEndsTheJobWithItsName() throws Exception {
    Path file = Files.writeString(folder.resolve("text.safetensors"), "no tensors in here");

    assertThat(failure(file)).startsWith("BATCH_NORM_EVAL: " + file + ": ");
  }

  private String failure(Path file) {
    Throwable thrown =
        catchThrowable(
            () ->
                sql.rows(
                    "SELECT BATCH_NORM_EVAL(ARRAY[x], '%s', 'k') FROM (VALUES 1e0) AS t(x)"
                        .formatted(file)));
    return ExceptionUtils.findThrowableWithMessage(thrown, "BATCH_NORM_EVAL: " + file)
        .map(Throwable::getMessage)
        .orElseThrow(() -> new AssertionError(thrown));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "a, 'f', s, 0.0      | eps is 0.0, wanted a finite number above 0",
        "a, 'f', s, -1       | eps is -1.0, wanted a finite number above 0",
        "a, 'f', s, i        | eps is an expression or NULL, wanted a literal such as 1e-5",
        "a, s, s             | path is an expression or NULL, wanted a literal such as 'stat",
        "s, 'f', s           | BATCH_NORM_EVAL has (CHAR(1) NOT NULL, CHAR(1) NOT NULL, CHAR(1)",
        "a, 'f', i           | wanted (features, path, key [, shape] [, eps]) or (features, run",
        "a, a, a, 'f'        | wanted (features, path, key [, shape] [, eps]) or (features, run",
        "a, a, a, i, a       | wanted (features, path, key [, shape] [, eps]) or (features, run",
        "ARRAY[s], 'f', s    | BATCH_NORM_EVAL has (ARRAY<CHAR(1) NOT NULL> NOT NULL, CHAR(1)"
      })
  void aCallThatCannotWorkIsRefusedWhileItIsPlanned(String arguments, String says) {
    assertThatThrownBy(
            () ->
                sql.rows(
                    "SELECT BATCH_NORM_EVAL(%s) FROM (VALUES (ARRAY[1e0], 's', 1)) AS t(a, s, i)"
                        .formatted(arguments)))
        .isInstanceOf(ValidationException.class)
        .rootCause()
        .hasMessageContaining(says);
  }
}
