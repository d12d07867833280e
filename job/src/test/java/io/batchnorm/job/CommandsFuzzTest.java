package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.RejectionReason;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.stream.MutatedText;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever the bytes: commands, rejected lines, or no text at all. */
class CommandsFuzzTest {
  @TempDir Path folder;

  @Test
  void readsOrRejectsAnyLine() throws Exception {
    Random random = new Random(7);
    List<String> lines = lines(folder);
    Path file = folder.resolve("control.jsonl");
    int directives = 0;
    int rejected = 0;
    long binary = 0;
    for (int i = 0; i < 10_000; i++) {
      Files.write(file, i % 4 == 0 ? MutatedText.noise(random) : MutatedText.of(lines, random));
      Commands control = Commands.read(file, i % 2 == 0);
      directives += control.directives().size();
      rejected += control.rejected().size();
      binary +=
          control.rejected().stream().filter(line -> line.message().contains("UTF-8")).count();
      assertThat(control.rejected())
          .allMatch(line -> line.reason() == RejectionReason.MALFORMED_COMMAND);
    }
    assertThat(directives).isGreaterThan(1000);
    assertThat(rejected).isGreaterThan(1000);
    assertThat(binary).isGreaterThan(1000);
  }

  /** One of each kind. */
  static List<String> lines(Path folder) throws Exception {
    Path file = folder.resolve("load.safetensors");
    StatisticsFile.write(file, Map.of("a", RunningStatistics.initial(2)), true, Map.of());
    return List.of(
        "{\"command\":\"freeze\",\"key\":\"*\",\"after_batches\":2}",
        "{\"command\":\"unfreeze\",\"key\":\"a\"}",
        "{\"command\":\"reset\",\"key\":\"a\",\"after_batches\":1}",
        "{\"command\":\"load\",\"key\":\"a\",\"file\":\"%s\"}".formatted(file),
        "{\"command\":\"load\",\"key\":\"*\",\"statistics\":{\"running_mean\":[0.5,1],"
            + "\"running_var\":[2,3],\"num_batches_tracked\":9,\"count\":64,\"weight\":[1,1],"
            + "\"bias\":[0,0]}}");
  }
}
