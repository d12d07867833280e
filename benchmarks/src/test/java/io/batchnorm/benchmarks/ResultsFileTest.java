package io.batchnorm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsFileTest {
  private static final List<String> ALL = List.of("a", "b", "c");

  @TempDir private Path folder;

  private Path path;
  private ResultsFile file;

  @BeforeEach
  void file() {
    path = folder.resolve("results.json");
    file = new ResultsFile(path);
  }

  @Test
  void saysMachineJvmAndRows() throws IOException {
    file.replace(List.of(result("b", 2)), ALL);

    JsonNode json = new ObjectMapper().readTree(path.toFile());
    assertThat(json.get("machine").asText()).isEqualTo(Machine.name()).contains("cores");
    assertThat(json.get("jvm").asText()).contains(String.valueOf(Runtime.version().feature()));
    JsonNode row = json.get("rows").get(0);
    assertThat(row.get("id").asText()).isEqualTo("b");
    assertThat(row.get("ours").asDouble()).isEqualTo(20);
    assertThat(row.get("other").asDouble()).isEqualTo(10);
    assertThat(row.get("unit").asText()).isEqualTo("values/s");
    assertThat(row.get("ratio").asDouble()).isEqualTo(2);
  }

  @Test
  void replacesMeasuredRowsAndKeepsTheOthersInOrder() throws IOException {
    file.replace(List.of(result("c", 1), result("a", 1)), ALL);

    file.replace(List.of(result("b", 2), result("c", 3)), ALL);

    JsonNode rows = new ObjectMapper().readTree(path.toFile()).get("rows");
    assertThat(rows.findValuesAsText("id")).containsExactly("a", "b", "c");
    assertThat(rows.findValuesAsText("ratio")).containsExactly("1.0", "2.0", "3.0");
  }

  @Test
  void dropsRowsThatNobodyMeasuresAnyMore() throws IOException {
    file.replace(List.of(result("a", 1), result("c", 1)), ALL);

    file.replace(List.of(result("b", 2)), List.of("b", "c"));

    JsonNode rows = new ObjectMapper().readTree(path.toFile()).get("rows");
    assertThat(rows.findValuesAsText("id")).containsExactly("b", "c");
  }

  @Test
  void putsNoRowsBesideThoseOfAnotherMachine() throws IOException {
    file.replace(List.of(result("a", 1), result("b", 1)), ALL);
    String elsewhere = Files.readString(path).replace(Machine.name(), "another");
    Files.writeString(path, elsewhere);

    assertThatIllegalStateException()
        .isThrownBy(() -> file.replace(List.of(result("a", 2)), ALL))
        .withMessageContaining("rows of another")
        .withMessageContaining("run all, or remove it");
    assertThat(path).hasContent(elsewhere);

    file.replace(List.of(result("a", 2), result("b", 2)), ALL);
    assertThat(Files.readString(path)).contains(Machine.name());
  }

  private static Result result(String id, double ratio) {
    return new Result(
        id, 10 * ratio, 10, "values/s", ratio, ratio, ratio, 0, 0, Map.of("us", 1.5), Map.of());
  }
}
