package io.batchnorm.job.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlScriptTest {
  private static List<String> statements(String script) throws Exception {
    return SqlScript.parse(script).stream().map(SqlStatement::shown).toList();
  }

  @Test
  void statementsEndWithSemicolonsAndTheLastMayGoWithout() throws Exception {
    assertThat(statements("SELECT 1;\nSELECT\n  2 ;; SELECT 3"))
        .containsExactly("SELECT 1", "SELECT 2", "SELECT 3");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " \n", ";", " ; ;\n", "-- nothing", "/* nothing; */;", "--;\n--'\n"})
  void scriptMayHaveNone(String script) throws Exception {
    assertThat(statements(script)).isEmpty();
  }

  @Test
  void semicolonsInTextNamesAndCommentsEndNothing() throws Exception {
    assertThat(
            statements(
                "SELECT 'a;b', 'it''s; --no', `c;d` -- e; 'f\n, 1 /* g; ' */ + 2; SELECT 'h'"))
        .containsExactly("SELECT 'a;b', 'it''s; --no', `c;d` , 1 + 2", "SELECT 'h'");
  }

  @Test
  void hintsStay() throws Exception {
    assertThat(statements("SELECT * FROM t /*+ OPTIONS('a'=';') */"))
        .containsExactly("SELECT * FROM t /*+ OPTIONS('a'=';') */");
  }

  @Test
  void statementSetIsOneStatement() throws Exception {
    assertThat(
            SqlScript.parse(
                "EXECUTE STATEMENT SET BEGIN\nINSERT INTO a SELECT 1; INSERT INTO b SELECT 2;\nEND;"
                    + " SELECT 3"))
        .extracting(statement -> statement.text().strip())
        .containsExactly(
            "EXECUTE STATEMENT SET BEGIN\nINSERT INTO a SELECT 1; INSERT INTO b SELECT 2;\nEND",
            "SELECT 3");
  }

  @Test
  void positionsAreThoseOfTheScript() throws Exception {
    List<SqlStatement> statements = SqlScript.parse("-- x\nSELECT 1; /* y\n */ SELECT\n 2;");

    assertThat(statements).extracting(SqlStatement::line).containsExactly(2, 3);
    assertThat(statements)
        .extracting(SqlStatement::text)
        .containsExactly("    \nSELECT 1", "    \n              \n    SELECT\n 2");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "SELECT 1;|SELECT 'a, 2, quote '",
        "SELECT `a;|, 1, quote `",
        "||/* a, 3, comment /*",
        "SELECT /*+ a, 1, hint /*+"
      })
  void whatNeverEndsIsNamed(String script, int line, String what) {
    assertThatThrownBy(() -> SqlScript.parse(script.replace('|', '\n')))
        .isInstanceOf(MalformedScriptException.class)
        .hasMessage("line %d: the %s never ends", line, what);
  }

  @Test
  void settingsAreRead() throws Exception {
    List<SqlStatement> statements =
        SqlScript.parse("SET 'a.b' = 'it''s';set 'c'='' ; SET; SET x = 1; RESET 'a'");

    assertThat(statements)
        .extracting(SqlStatement::setting)
        .containsExactly(
            new SqlStatement.Setting("a.b", "it's"),
            new SqlStatement.Setting("c", ""),
            null,
            null,
            null);
  }

  @Test
  void longStatementIsShownByItsBeginning() throws Exception {
    assertThat(SqlScript.parse("SELECT " + "x".repeat(100)).get(0).shown())
        .isEqualTo("SELECT " + "x".repeat(53) + "...");
  }
}
