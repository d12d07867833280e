package io.batchnorm.job;

import io.batchnorm.job.demo.SqlDemo;
import io.batchnorm.job.sql.MalformedScriptException;
import io.batchnorm.job.sql.SqlScript;
import io.batchnorm.job.sql.SqlSession;
import io.batchnorm.job.sql.SqlStatement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code batchnorm sql}: runs the statements of a script on an embedded cluster. */
@Command(
    name = "sql",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpWidth = 100,
    description =
        "Runs a script of Flink SQL on an embedded cluster, one statement after the other, with the"
            + " functions BATCH_NORM, BATCH_NORM_EVAL and BATCH_STATISTICS: shows the rows of every"
            + " SELECT, and waits for every INSERT. Exit status: 0 done, 1 a job failed, 2 a statement"
            + " cannot be carried out; those before it were.")
final class SqlCommand implements ConsoleCommand {
  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description =
          "The script; its relative paths are those of the folder where you are. Default: one over"
              + " bundled readings of sensors, which it puts into ./batchnorm-demo/sql")
  String file;

  @Option(
      names = "--parallelism",
      paramLabel = "P",
      description = "Default: the number of cores; SET 'parallelism.default' = 'P' within a script")
  Integer parallelism;

  @Override
  public List<String> faults() {
    List<String> faults = new ArrayList<>();
    if (parallelism != null && (parallelism < 1 || parallelism > EngineOptions.MAX_PARALLELISM)) {
      faults.add(
          "--parallelism is %d, wanted 1 to %d"
              .formatted(parallelism, EngineOptions.MAX_PARALLELISM));
    }
    if (file != null) {
      Location.path("FILE", file, faults).ifPresent(path -> checkScript(path, faults));
    }
    return faults;
  }

  private static void checkScript(Path path, List<String> faults) {
    if (!new PathChecks(faults).regularFile("FILE", path)) {
      return;
    }
    try {
      if (SqlScript.parse(Files.readString(path)).isEmpty()) {
        faults.add("%s has no statement".formatted(path));
      }
    } catch (IOException e) {
      faults.add(FailureText.of(e));
    } catch (MalformedScriptException e) {
      faults.add("%s, %s".formatted(path, e.getMessage()));
    }
  }

  @Override
  public int run(Console console) throws UsageException, JobFailedException {
    try {
      Path script = file == null ? SqlDemo.unpack(Path.of("batchnorm-demo", "sql")) : Path.of(file);
      if (file == null) {
        console.out().printf("the script is %s, its data beside it%n%n", script);
      }
      run(script, console);
      return 0;
    } catch (IOException e) {
      throw new JobFailedException(FailureText.ofFailure(e), e);
    }
  }

  private void run(Path script, Console console)
      throws IOException, UsageException, JobFailedException {
    EngineOptions engine = new EngineOptions(parallelism, null, null, null, null);
    SqlSession session = new SqlSession(EmbeddedCluster.environment(engine), console.out());
    for (SqlStatement statement : statements(script)) {
      run(statement, script, session);
    }
  }

  private static List<SqlStatement> statements(Path script) throws IOException, UsageException {
    try {
      return SqlScript.parse(Files.readString(script));
    } catch (MalformedScriptException e) {
      throw new UsageException(List.of("%s, %s".formatted(script, e.getMessage())));
    }
  }

  private static void run(SqlStatement statement, Path script, SqlSession session)
      throws UsageException, JobFailedException {
    String where = "%s, line %d, %s: ".formatted(script, statement.line(), statement.shown());
    try {
      session.run(statement);
    } catch (MalformedScriptException e) {
      throw new UsageException(List.of(where + e.getMessage()));
    } catch (Exception e) {
      throw JobRunner.failed(where + FailureText.ofFailure(e), e);
    }
  }
}
