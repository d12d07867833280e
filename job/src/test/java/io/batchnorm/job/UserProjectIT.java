package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The library in a project of somebody else, and in a session that has only its jar. */
class UserProjectIT {
  @TempDir private static Path folder;

  private static UserProject project;

  @BeforeAll
  static void build() throws Exception {
    project = UserProject.built(folder);
  }

  @Test
  void oneDependencyIsEnoughForAllThreeFunctions() throws Exception {
    String printed = project.run("com.example.Readings");

    assertThat(cells(printed))
        .contains(
            List.of("+U", "a", "(2, 2.0, 2.0, 1.0, 2.0)"),
            List.of("+U", "b", "(2, 20.0, 200.0, 100.0, 200.0)"),
            List.of("+U", "a", "[-0.999995]"),
            List.of("+U", "a", "[0.999995]"),
            List.of("+U", "b", "[0.99999994]"),
            List.of("+I", "a", "-0.999995", "train", "1"),
            List.of("+I", "b", "0.99999994", "train", "1"));
  }

  @Test
  void createFunctionUsingJarNeedsNothingOnTheClassPath() throws Exception {
    String printed =
        project.runWithoutLibrary(
            "com.example.Statements",
            create("BATCH_STATISTICS", "BatchStatisticsFunction"),
            create("BATCH_NORM_EVAL", "BatchNormEvalFunction"),
            create("BATCH_NORM", "BatchNormTableFunction"),
            "CREATE TEMPORARY VIEW readings AS"
                + " SELECT * FROM (VALUES ('a', 1), ('a', 3)) AS t(sensor, x)",
            "SELECT BATCH_STATISTICS(x) FROM readings",
            "SELECT BATCH_NORM_EVAL(ARRAY[x], ARRAY[2], ARRAY[1], 7) FROM readings",
            "SELECT sensor, x_normalized FROM BATCH_NORM(input => TABLE readings PARTITION BY"
                + " sensor, features => DESCRIPTOR(x), batch_size => 2)");

    assertThat(cells(printed))
        .contains(
            List.of("+U", "(2, 2.0, 2.0, 1.0, 2.0)"),
            List.of("+I", "([-0.999995], 7, NULL, NULL)"),
            List.of("+I", "([0.999995], 7, NULL, NULL)"),
            List.of("+I", "a", "-0.999995"),
            List.of("+I", "a", "0.999995"));
  }

  private static String create(String name, String function) {
    return "CREATE FUNCTION %s AS 'io.batchnorm.table.%s' USING JAR '%s'"
        .formatted(name, function, UserProject.jar().toUri());
  }

  /** The rows of the tables that were printed, without their borders. */
  private static List<List<String>> cells(String printed) {
    return printed
        .lines()
        .filter(line -> line.startsWith("|"))
        .map(line -> List.of(line.substring(1).strip().split("\\s*\\|\\s*")))
        .toList();
  }
}
