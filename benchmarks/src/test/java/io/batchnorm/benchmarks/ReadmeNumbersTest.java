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
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ReadmeNumbersTest {
  /** Of the machines in the README, in the order of its columns. */
  private static final List<String> FILES = List.of("results.json", "results-xeon.json");

  /**
   * A line of a table: what it is, its row or rows, the ratio here, and there if it was measured.
   */
  private static final Pattern LINE =
      Pattern.compile("\\| `((?:kernel|job|keys)/[^`]+)` \\| ([0-9.]+) \\| ([0-9.-]+) \\|");

  /** A line of the table of the million keys: what it is, and one value for each column. */
  private static final Pattern LINE_OF_KEYS =
      Pattern.compile("\\| `([a-z ]+, (?:s|bytes for each key))`((?: \\| [0-9.-]+){5}) \\|");

  private static final String BATCHES_OF_KEYS = "keys/1M/hashmap-vs-rocksdb";
  private static final String RESTORE_OF_KEYS = "keys/restore/compressed-vs-plain";

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
        Double ratio = ratios.get(id);
        assertThat(line.group(2 + i))
            .as("%s in %s", id, FILES.get(i))
            .isEqualTo(ratio == null ? "-" : "%.2f".formatted(ratio));
      }
    }
  }

  @Test
  void whatTheReadmeSaysOfTheMillionKeysIsOfTheResults() {
    List<MatchResult> lines = LINE_OF_KEYS.matcher(readme).results().toList();

    assertThat(lines).hasSize(4);
    List<Map<String, Double>> columns =
        List.of(
            row(0, BATCHES_OF_KEYS).oursProfile(),
            row(0, RESTORE_OF_KEYS).otherProfile(),
            row(0, BATCHES_OF_KEYS).otherProfile(),
            row(1, BATCHES_OF_KEYS).oursProfile(),
            row(1, BATCHES_OF_KEYS).otherProfile());
    for (MatchResult line : lines) {
      String cells =
          columns.stream()
              .map(profile -> profile.get(line.group(1)))
              .map(value -> value == null ? " | -" : " | %.1f".formatted(value))
              .collect(Collectors.joining());
      assertThat(line.group(2)).as(line.group(1)).isEqualTo(cells);
    }
  }

  private static Result row(int machine, String id) {
    return machines.get(machine).rows().stream()
        .filter(row -> row.id().equals(id))
        .findAny()
        .orElseThrow();
  }

  @Test
  void theReadmeNamesTheirMachinesFilesAndCommand() {
    assertThat(readme).contains(FILES).contains("benchmarks/run");
    machines.forEach(results -> assertThat(readme).contains(results.machine()));
  }

  /** Of an earlier commit are the results of the other machine, so they have none but these. */
  @Test
  void theResultsHaveEveryRow() {
    List<String> all = Main.rows().stream().map(Row::id).toList();

    assertThat(machines.get(0).rows()).extracting(Result::id).containsExactlyElementsOf(all);
    assertThat(machines.get(1).rows()).extracting(Result::id).isSubsetOf(all);
  }
}
