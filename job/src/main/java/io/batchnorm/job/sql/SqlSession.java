package io.batchnorm.job.sql;

import io.batchnorm.table.BatchNormFunctions;
import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.ResultKind;
import org.apache.flink.table.api.TableResult;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/** Carries out statements on tables that last as long as it, with the functions of this project. */
public final class SqlSession {
  private final StreamTableEnvironment tables;
  private final PrintStream out;

  /**
   * @param env where jobs run
   * @param out where results are shown
   */
  public SqlSession(StreamExecutionEnvironment env, PrintStream out) {
    this.tables = StreamTableEnvironment.create(env);
    this.out = out;
    BatchNormFunctions.register(tables);
  }

  /**
   * Carries out a statement, and waits for its job if it has one.
   *
   * @throws MalformedScriptException if it cannot be carried out; no job was started
   * @throws Exception if its job fails
   */
  public void run(SqlStatement statement) throws Exception {
    long start = System.nanoTime();
    SqlStatement.Setting setting = statement.setting();
    if (setting != null) {
      tables.getConfig().set(setting.key(), setting.value());
      return;
    }
    TableResult result = planned(statement);
    if (statement.writes()) {
      await(result);
      double seconds = (System.nanoTime() - start) / 1e9;
      out.printf(Locale.ROOT, "%s: done in %.1f s%n", statement.shown(), seconds);
    } else if (result.getResultKind() == ResultKind.SUCCESS_WITH_CONTENT) {
      show(result);
    }
  }

  private TableResult planned(SqlStatement statement) throws MalformedScriptException {
    try {
      return tables.executeSql(statement.text());
    } catch (RuntimeException e) {
      MalformedScriptException fault = new MalformedScriptException(reason(e));
      fault.initCause(e);
      throw fault;
    }
  }

  /** The deepest cause says it in words of the statement, the others say that there was one. */
  private static String reason(Throwable failure) {
    String reason = failure.toString();
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t.getMessage() != null && !t.getMessage().isBlank()) {
        reason = t.getMessage();
      }
    }
    return reason.strip();
  }

  private static void await(TableResult result) throws Exception {
    try {
      result.await();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  private void show(TableResult result) throws Exception {
    ResultTable table = new ResultTable(result.getResolvedSchema(), out);
    try (CloseableIterator<Row> rows = result.collect()) {
      while (rows.hasNext()) {
        table.add(rows.next());
      }
    }
    table.finish();
  }
}
