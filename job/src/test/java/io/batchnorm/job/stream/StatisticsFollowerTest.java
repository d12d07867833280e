package io.batchnorm.job.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.RejectedRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.junit.jupiter.api.Test;

class StatisticsFollowerTest extends FollowerTestBase {
  @Test
  void bringsWhatIsThereAtTheStartAndWhatIsAppendedLater() throws Exception {
    append(line("a", 1), line("b", 1));
    start();
    assertThat(emitted()).containsExactly(version("a", 1), version("b", 1));

    look();
    assertThat(emitted()).isEmpty();

    append(line("b", 2));
    look();
    assertThat(emitted()).containsExactly(version("b", 2));
    assertThat(rejected()).isEmpty();
  }

  @Test
  void looksEveryTenthOfASecond() throws Exception {
    append(line("a", 1));
    start();
    emitted();
    append(line("a", 2));

    harness.setProcessingTime(harness.getProcessingTime() + StatisticsFollower.INTERVAL_MILLIS - 1);
    assertThat(emitted()).isEmpty();

    harness.setProcessingTime(harness.getProcessingTime() + 1);
    assertThat(emitted()).hasSize(1);
  }

  @Test
  void waitsForAFileThatIsNotThereYet() throws Exception {
    start();
    look();
    assertThat(emitted()).isEmpty();

    append(line("a", 1));
    look();
    assertThat(emitted()).containsExactly(version("a", 1));
    assertThat(rejected()).isEmpty();
  }

  @Test
  void waitsForTheEndOfALineWhereverItIsCut() throws Exception {
    byte[] text = (line("カメラ\uD83D\uDCF7", 1) + line("b", 1)).getBytes(StandardCharsets.UTF_8);
    start();
    for (byte next : text) {
      append(new byte[] {next});
      look();
    }

    assertThat(emitted()).containsExactly(version("カメラ\uD83D\uDCF7", 1), version("b", 1));
    assertThat(rejected()).isEmpty();
  }

  @Test
  void emitsOneOfEachKeyTheNewest() throws Exception {
    append(line("a", 1), line("b", 5), line("a", 3), line("a", 2), line("b", 6));
    start();

    assertThat(emitted()).containsExactly(version("a", 3), version("b", 6));
  }

  @Test
  void saysResetIfAnyOfTheFoldedDid() throws Exception {
    append(line("a", 9), text(KeyStatistics.forgotten("a", false)), line("a", 1), line("a", 2));
    append(line("b", 9), text(reset("b", 3)), line("b", 2));
    append(text(reset("c", 3)), line("c", 4), text(KeyStatistics.forgotten("c", true)));
    start();

    assertThat(emitted())
        .containsExactly(reset("a", 2), reset("b", 3), KeyStatistics.forgotten("c", true));
  }

  @Test
  void readsAFileThatBecameShorterFromItsStart() throws Exception {
    append(line("a", 1), line("b", 1), line("b", 2));
    start();
    emitted();

    Files.writeString(file, line("a", 1) + line("b", 1));
    look();
    assertThat(emitted()).containsExactly(version("a", 1), version("b", 1));

    append(line("c", 1));
    look();
    assertThat(emitted()).containsExactly(version("c", 1));
  }

  @Test
  void readsAReplacedFileFromItsStart() throws Exception {
    append(line("a", 1));
    start();
    emitted();

    Path other = Files.writeString(folder.resolve("other"), line("a", 1) + line("b", 7));
    Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
    look();

    assertThat(emitted()).containsExactly(version("a", 1), version("b", 7));
  }

  @Test
  void noticesAFileThatWasCutAndHasGrownAgainBetweenTwoLooks() throws Exception {
    append(line("a", 1), line("b", 1));
    start();
    emitted();
    Object inode = Files.getAttribute(file, "unix:ino");

    Files.writeString(file, line("a", 1) + line("c", 1) + line("d", 1));
    look();

    assertThat(Files.getAttribute(file, "unix:ino")).isEqualTo(inode);
    assertThat(emitted()).containsExactly(version("a", 1), version("c", 1), version("d", 1));
  }

  @Test
  void readsAnUnfinishedLastLineWhenItsInputHasEnded() throws Exception {
    append(line("a", 1), line("a", 2).stripTrailing());
    start();
    assertThat(emitted()).containsExactly(version("a", 1));

    harness.processWatermark(Watermark.MAX_WATERMARK);

    assertThat(emitted()).containsExactly(version("a", 2));
    assertThat(rejected()).isEmpty();
  }

  @Test
  void readsToTheEndWhenItsInputHasEndedAndNotBeyond() throws Exception {
    start();
    harness.processWatermark(new Watermark(Long.MAX_VALUE - 1));
    append(line("a", 1), "{\"key\":\"b\"");
    assertThat(emitted()).isEmpty();

    harness.processWatermark(Watermark.MAX_WATERMARK);

    assertThat(emitted()).containsExactly(version("a", 1));
    assertThat(rejected())
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.key()).isEqualTo("b");
              assertThat(line.id()).isEqualTo("line 2");
              assertThat(line.message()).contains("line 2 of " + file, "Unexpected end-of-input");
            });
    append("}\n", line("c", 1));
    look();
    assertThat(emitted()).isEmpty();
  }

  @Test
  void startsBehindWhatWasReadBefore() throws Exception {
    append(line("a", 1), "nonsense\n", line("a", 2), "{\"key\":");
    StatisticsStream.Content content = StatisticsStream.read(file);
    assertThat(content.newest()).containsOnly(Map.entry("a", version("a", 2)));
    assertThat(content.rejected()).extracting(RejectedRecord::id).containsExactly("line 2");
    assertThat(content.end().lines()).isEqualTo(3);

    start(content.end(), null);
    assertThat(emitted()).isEmpty();
    append("5}\n", line("b", 1));
    look();

    assertThat(emitted()).containsExactly(version("b", 1));
    assertThat(rejected())
        .containsExactly(malformed("", 4, "\"key\" is 5, wanted the name of a key"));
  }

  @Test
  void aFileThatIsNotThereHasNoContent() throws Exception {
    assertThat(StatisticsStream.read(file))
        .isEqualTo(new StatisticsStream.Content(Map.of(), FilePosition.START, List.of()));
    start();
  }

  @Test
  void aRestoredFollowerGoesOnWhereItWas() throws Exception {
    append(line("a", 1), "x".repeat(MAX_LINE_BYTES + 1));
    start();
    emitted();
    OperatorSubtaskState state = harness.snapshot(1, 1);
    harness.close();
    append("x\n", line("b", 1), "nonsense\n");

    restart(state);

    assertThat(emitted()).as("a timer is due").containsExactly(version("b", 1));
    assertThat(rejected()).extracting(RejectedRecord::id).containsExactly("line 4");
    append(line("c", 1));
    harness.processWatermark(Watermark.MAX_WATERMARK);
    assertThat(emitted()).containsExactly(version("c", 1));
  }

  @Test
  void aFollowerThatWasDrainedAndRestoredReadsToTheEndAgain() throws Exception {
    append(line("a", 1));
    start();
    harness.processWatermark(Watermark.MAX_WATERMARK);
    OperatorSubtaskState state = harness.snapshot(1, 1);
    harness.close();

    restart(state);
    append(line("a", 2));
    harness.processWatermark(Watermark.MAX_WATERMARK);

    assertThat(emitted()).containsExactly(version("a", 2));
  }
}
