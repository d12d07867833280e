package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.batchnorm.job.demo.SqlDemo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqlCommandTest {
  private static final int READINGS = 18_760;

  @TempDir Path folder;

  private Outcome run(String script) throws Exception {
    Path file = Files.writeString(folder.resolve("script.sql"), script);
    return Outcome.of("sql", file.toString(), "--parallelism", "2");
  }

  /** The rows of the shipped script against those of the job, number for number. */
  @Test
  void shippedScriptNormalizesTheReadingsAsTheJobDoes() throws Exception {
    Path script = SqlDemo.unpack(folder.resolve("sql"));
    Path readings = folder.resolve("sql/readings.csv");
    String text =
        Files.readString(script).replace("batchnorm-demo/sql", folder.resolve("sql").toString());

    Outcome outcome = run(text).succeeded();

    assertThat(outcome.out())
        .contains("INSERT INTO normalized SELECT mote_id, reading, humidity, hu...: done in ")
        .contains("mote_id  reading  humidity  humidity_normalized")
        .endsWith("12 rows\n");
    Outcome.of(
            "run",
            "--input=csv:" + readings,
            "--key-column=mote_id",
            "--feature-columns=humidity,temperature",
            "--output=jsonl:" + folder.resolve("run"),
            "--averaging=population",
            "--freeze-after=75")
        .succeeded();
    assertThat(bySql(readings)).isEqualTo(byRun()).hasSize(READINGS);
  }

  private Map<Integer, String> byRun() {
    Map<Integer, String> rows = new TreeMap<>();
    for (JsonNode row : JsonRows.read(folder.resolve("run"))) {
      rows.put(
          row.get("id").asInt(), told(row.get("values").get(0), row.get("values").get(1), row));
    }
    return rows;
  }

  private Map<Integer, String> bySql(Path readings) throws Exception {
    Map<String, Integer> numbers = new TreeMap<>();
    List<String> lines = Files.readAllLines(readings);
    for (int i = 1; i < lines.size(); i++) {
      String[] cells = lines.get(i).split(",");
      numbers.put(cells[1] + "/" + cells[0], i);
    }
    Map<Integer, String> rows = new TreeMap<>();
    for (JsonNode row : written()) {
      assertThat(row.get("rejected_reason").isNull()).isTrue();
      Integer number =
          numbers.get(row.get("mote_id").textValue() + "/" + row.get("reading").asText());
      rows.put(
          number, told(row.get("humidity_normalized"), row.get("temperature_normalized"), row));
    }
    return rows;
  }

  private List<JsonNode> written() throws Exception {
    try (Stream<Path> files = Files.list(folder.resolve("sql/normalized"))) {
      return files.flatMap(file -> JsonRows.lines(file).stream()).toList();
    }
  }

  private static String told(JsonNode humidity, JsonNode temperature, JsonNode row) {
    JsonNode batches =
        row.has("numBatchesTracked")
            ? row.get("numBatchesTracked")
            : row.get("num_batches_tracked");
    return "%08x %08x %s %s"
        .formatted(
            Float.floatToRawIntBits(humidity.floatValue()),
            Float.floatToRawIntBits(temperature.floatValue()),
            row.get("mode").textValue(),
            batches);
  }

  @Test
  void readmeShowsWhatItsScriptDoes() throws Exception {
    String readme = Files.readString(Path.of("../README.md"));
    String script = readme.split("```sql\n", 2)[1].split("```", 2)[0];

    Outcome outcome = run(script).succeeded();

    assertThat(outcome.out().lines()).hasSize(7);
    assertThat(readme).contains("```\n" + outcome.out() + "```\n");
  }

  @Test
  void showsRowsAsATable() throws Exception {
    Outcome outcome =
        run("SELECT n, NULLIF(t, 'b') AS `some text`, ARRAY[x] AS numbers"
                + " FROM (VALUES (1, 'a', 1.5e0), (22, 'b', 2e0)) AS t(n, t, x);")
            .succeeded();

    assertThat(outcome.out())
        .isEqualTo(
            """
             n  some text  numbers
            --  ---------  -------
             1  a          [1.5]
            22  NULL       [2.0]
            2 rows
            """);
  }

  @Test
  void showsWhatChanges() throws Exception {
    Outcome outcome =
        run("SELECT k, SUM(x) AS total FROM (VALUES ('a', 1), ('a', 2)) AS t(k, x) GROUP BY k")
            .succeeded();

    assertThat(outcome.out())
        .isEqualTo(
            """
            op  k  total
            --  -  -----
            +I  a      1
            -U  a      1
            +U  a      3
            3 rows
            """);
  }

  @Test
  void tablesSettingsAndFunctionsLastForTheScript() throws Exception {
    Outcome outcome =
        run("""
            SET 'table.local-time-zone' = 'Asia/Tokyo';
            CREATE TEMPORARY VIEW t AS SELECT CAST('a' AS STRING) AS k, TO_TIMESTAMP_LTZ(0, 3) AS ts;
            DESCRIBE t;
            SELECT k, CAST(ts AS STRING) AS ts FROM t;
            """)
            .succeeded();

    assertThat(outcome.out())
        .contains("k     STRING", "1970-01-01 09:00:00.000")
        .endsWith("1 row\n");
  }

  @Test
  void scriptThatCannotBeReadIsRefused() throws Exception {
    Path empty = Files.writeString(folder.resolve("empty.sql"), "-- nothing");
    Path open = Files.writeString(folder.resolve("open.sql"), "SELECT\n'a");

    Outcome.of("sql", folder.resolve("gone.sql").toString(), "--parallelism", "0")
        .refused(
            "batchnorm sql",
            "--parallelism is 0, wanted 1 to 128",
            "there is no file " + folder.resolve("gone.sql"));
    Outcome.of("sql", folder.toString())
        .refused("batchnorm sql", "FILE: %s is a folder, wanted a file".formatted(folder));
    Outcome.of("sql", empty.toString()).refused("batchnorm sql", empty + " has no statement");
    Outcome.of("sql", open.toString())
        .refused("batchnorm sql", open + ", line 2: the quote ' never ends");
  }

  @Test
  void statementThatCannotBeCarriedOutIsNamedWithItsPlace() throws Exception {
    Outcome outcome =
        run(
            "CREATE TEMPORARY VIEW t AS SELECT 'a' AS k, 1 AS x;\n\n"
                + "SELECT * FROM BATCH_NORM(\n  input => TABLE t PARTITION BY k,\n"
                + "  features => DESCRIPTOR(y));");

    outcome.refused(
        "batchnorm sql",
        "%s, line 3, SELECT * FROM BATCH_NORM( input => TABLE t PARTITION BY k, f...: BATCH_NORM:"
                .formatted(folder.resolve("script.sql"))
            + " features names column y, which the input does not have; it has k, x");
  }

  @Test
  void whatFlinkRefusesIsToldInItsWords() throws Exception {
    assertThat(run("SELEKT 1;"))
        .satisfies(
            outcome -> {
              assertThat(outcome.status()).isEqualTo(2);
              assertThat(outcome.err())
                  .startsWith(
                      "batchnorm sql: " + folder.resolve("script.sql") + ", line 1, SELEKT 1")
                  .doesNotContain("\tat ");
            });
    assertThat(run("\n  SELECT * FROM nothing;").err())
        .contains("line 2, SELECT * FROM nothing: Object 'nothing' not found");
  }

  @Test
  void failedJobIsOneSentence() throws Exception {
    Outcome outcome =
        run(
            "CREATE TABLE gone (x INT) WITH ('connector' = 'filesystem', 'format' = 'csv',"
                + " 'path' = '%s');\nSELECT * FROM gone;".formatted(folder.resolve("gone.csv")));

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err().lines())
        .singleElement()
        .asString()
        .startsWith(
            "batchnorm sql: the job failed: %s, line 2, SELECT * FROM gone: "
                .formatted(folder.resolve("script.sql")))
        .contains("gone.csv");
  }
}
