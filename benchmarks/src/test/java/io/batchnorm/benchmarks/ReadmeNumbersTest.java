package io.batchnorm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ReadmeNumbersTest {
  /** A line of a table: what it is, its row or rows, the ratio. */
  private static final Pattern LINE =
      Pattern.compile("\\| `((?:kernel|job|keys)/[^`]+)` \\| ([0-9.]+) \\|");

  private static String readme;
  private static ResultsFile.Contents results;

  @BeforeAll
  static void read() throws IOException {
    readme = Files.readString(Path.of("..", "README.md"));
    results =
        new ObjectMapper().readValue(Path.of("results.json").toFile(), ResultsFile.Contents.class);
  }

  @Test
  void ratiosInTheReadmeAreThoseOfTheResults() {
    Map<String, Double> ratios = new HashMap<>(GeometricMeans.of(results.rows()));
    results.rows().forEach(row -> ratios.put(row.id(), row.ratio()));
    List<MatchResult> lines = LINE.matcher(readme).results().toList();

    assertThat(lines).hasSizeGreaterThanOrEqualTo(3);
    for (MatchResult line : lines) {
      assertThat(ratios).containsKey(line.group(1));
      assertThat(line.group(2))
          .as(line.group(1))
          .isEqualTo("%.2f".formatted(ratios.get(line.group(1))));
    }
  }

  @Test
  void theReadmeNamesTheirMachineAndCommand() {
    assertThat(readme).contains(results.machine()).contains("benchmarks/run");
  }

  @Test
  void theResultsHaveEveryRow() {
    assertThat(results.rows().stream().map(Result::id))
        .containsExactlyElementsOf(Main.rows().stream().map(Row::id).toList());
  }
}
