package io.batchnorm.job.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.RejectionReason;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.RejectedRecord;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the bytes: statistics or a rejected line. */
class StatisticsFuzzTest {
  private static final List<String> LINES =
      List.of(
          "{\"key\":\"cam1\",\"num_batches_tracked\":80,\"count\":640,\"frozen\":true,"
              + "\"reset\":true,\"running_mean\":[0.5,-1.0E-300],\"running_var\":[2.0,0.0],"
              + "\"weight\":[1.0,0.1],\"bias\":[0.0,-3.0]}",
          "{\"key\":\"カメラ\",\"num_batches_tracked\":1,\"running_mean\":[3],\"running_var\":[1]}",
          "{\"key\":\"a\",\"reset\":true}");

  @TempDir Path folder;

  @Test
  void readsOrRefusesAnyLine() {
    Random random = new Random(2);
    int read = 0;
    int refused = 0;
    for (int i = 0; i < 60_000; i++) {
      byte[] line = i % 4 == 0 ? MutatedText.noise(random) : MutatedText.of(LINES, random);
      try {
        assertUsable(StatisticsJson.read(new ByteArrayInputStream(line)));
        read++;
      } catch (MalformedStatisticsException e) {
        assertThat(e.getMessage()).isNotBlank().hasSizeLessThan(700);
        refused++;
      }
    }
    assertThat(read).isGreaterThan(6000);
    assertThat(refused).isGreaterThan(20_000);
  }

  /** What was accepted can be written and is the same again. */
  private static void assertUsable(KeyStatistics statistics) throws MalformedStatisticsException {
    byte[] line = StatisticsJson.line(statistics);
    assertThat(StatisticsJson.read(new ByteArrayInputStream(line))).isEqualTo(statistics);
  }

  @ParameterizedTest
  @ValueSource(longs = {3, 4, 5, 6})
  void aFileInPiecesIsTheSameAsAWhole(long seed) throws Exception {
    Random random = new Random(seed);
    for (int i = 0; i < 50; i++) {
      byte[] bytes = file(random);
      Path file = folder.resolve("f" + i);
      List<RejectedRecord> whole = new ArrayList<>();
      List<RejectedRecord> pieces = new ArrayList<>();
      NewestStatistics newest = new NewestStatistics();
      StatisticsTail tail = new StatisticsTail(file, 300);
      FilePosition position = FilePosition.START;

      for (int at = 0; at < bytes.length; ) {
        int length = Math.min(bytes.length - at, 1 + random.nextInt(200));
        try (var out =
            Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
          out.write(bytes, at, length);
        }
        at += length;
        StatisticsTail.Look look = tail.look(position, at == bytes.length, pieces::add);
        look.newest().values().forEach(newest::add);
        position = look.end();
      }
      StatisticsTail.Look look =
          new StatisticsTail(file, 300).look(FilePosition.START, true, whole::add);

      assertThat(pieces).isEqualTo(whole);
      assertThat(newest.byKey()).isEqualTo(look.newest());
      assertThat(position).isEqualTo(look.end());
      assertThat(whole)
          .allMatch(rejected -> rejected.reason() == RejectionReason.MALFORMED_STATISTICS);
    }
  }

  private static byte[] file(Random random) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes("{\"key\":\"a\",\"reset\":true}\n".getBytes(StandardCharsets.UTF_8));
    for (int i = 0; i < 20; i++) {
      bytes.writeBytes(
          random.nextInt(4) == 0 ? MutatedText.noise(random) : MutatedText.of(LINES, random));
      bytes.write(random.nextInt(10) == 0 ? ' ' : '\n');
    }
    return bytes.toByteArray();
  }
}
