package io.batchnorm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ReadmeNumbersTest {
  /** Of the machines in the README, in the order of its columns. */
  private static final List<String> FILES = List.of("results.json", "results-xeon.json");

  /** A line of a table: what it is, its row or rows, the ratio on each machine. */
  private static final Pattern LINE =
      Pattern.compile("\\| `((?:kernel|job|keys)/[^`]+)` \\| ([0-9.]+) \\| ([0-9.]+) \\|");

  /** A line of the table of the million keys: what it is, on the heap and RocksDB, by machine. */
  private static final Pattern LINE_OF_KEYS =
      Pattern.compile("\\| `([a-z ]+, (?:s|bytes for each key))`((?: \\| [0-9.-]+){4}) \\|");

  private static String readme;
  private static List<ResultsFile.Contents> machines;

  @BeforeAll
  static void read() throws IOException {
    readme = Files.readString(Path.of("..", "README.md"));
    machines = new ArrayList<>();
    for (String file : FILES) {
      machines.add(
          new ObjectMapper().readValue(Path.of(file).toFile(), ResultsFile.Contents.class));
    }
  }

  @Test
  void ratiosInTheReadmeAreThoseOfTheResults() {
    List<MatchResult> lines = LINE.matcher(readme).results().toList();

    assertThat(lines).hasSizeGreaterThanOrEqualTo(3);
    for (int i = 0; i < machines.size(); i++) {
      List<Result> rows = machines.get(i).rows();
      Map<String, Double> ratios = new HashMap<>(GeometricMeans.of(rows));
      rows.forEach(row -> ratios.put(row.id(), row.ratio()));
      for (MatchResult line : lines) {
        String id = line.group(1);
        assertThat(ratios).containsKey(id);
        assertThat(line.group(2 + i))
            .as("%s in %s", id, FILES.get(i))
            .isEqualTo("%.2f".formatted(ratios.get(id)));
      }
    }
  }

  @Test
  void whatTheReadmeSaysOfTheMillionKeysIsOfTheResults() {
    List<MatchResult> lines = LINE_OF_KEYS.matcher(readme).results().toList();

    assertThat(lines).hasSize(4);
    for (MatchResult line : lines) {
      String cells =
          machines.stream()
              .map(ReadmeNumbersTest::millionKeys)
              .flatMap(row -> Stream.of(row.oursProfile(), row.otherProfile()))
              .map(profile -> profile.get(line.group(1)))
              .map(value -> value == null ? " | -" : " | %.1f".formatted(value))
              .collect(Collectors.joining());
      assertThat(line.group(2)).as(line.group(1)).isEqualTo(cells);
    }
  }

  private static Result millionKeys(ResultsFile.Contents results) {
    return results.rows().stream().filter(row -> row.id().startsWith("keys/")).findAny().get();
  }

  @Test
  void theReadmeNamesTheirMachinesFilesAndCommand() {
    assertThat(readme).contains(FILES).contains("benchmarks/run");
    machines.forEach(results -> assertThat(readme).contains(results.machine()));
  }

  @Test
  void theResultsHaveEveryRow() {
    List<String> all = Main.rows().stream().map(Row::id).toList();
    for (ResultsFile.Contents results : machines) {
      assertThat(results.rows().stream().map(Result::id)).containsExactlyElementsOf(all);
    }
  }
}
