package io.batchnorm.job.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.RejectionReason;
import io.batchnorm.types.RejectedRecord;
import java.nio.file.Files;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.junit.jupiter.api.Test;

class RejectedStatisticsTest extends FollowerTestBase {
  @Test
  void rejectsWhatIsNoStatisticsAndGoesOn() throws Exception {
    append("\n", "nonsense\n", line("a", 1));
    start();
    append("  \r\n", "{\"key\":\"b\",\"count\":-1}\n", line("b", 1).replace("\n", "\r\n"));
    look();

    assertThat(emitted()).containsExactly(version("a", 1), version("b", 1));
    assertThat(rejected())
        .containsExactly(
            malformed("", 2, "it is no JSON object: Unrecognized token 'nonsense', at column 1"),
            malformed("b", 5, "\"count\" is -1, wanted a whole number of 0 or more"));
  }

  @Test
  void rejectsALineThatIsTooLongOnceAndSkipsIt() throws Exception {
    append(line("a", 1), "x".repeat(MAX_LINE_BYTES + 1));
    start();
    append("x".repeat(3 * MAX_LINE_BYTES));
    look();
    append("x\n", line("a", 2), "y".repeat(MAX_LINE_BYTES + 1) + "\n", line("a", 3));
    look();

    assertThat(emitted()).containsExactly(version("a", 1), version("a", 3));
    assertThat(rejected())
        .containsExactly(
            malformed("", 2, "it has more than 400 bytes"),
            malformed("", 4, "it has more than 400 bytes"));
  }

  @Test
  void acceptsALineAsLongAsALineMayBe() throws Exception {
    String key = "k".repeat(MAX_LINE_BYTES - line("", 1).length() + 1);
    append(line(key, 1));
    start();

    assertThat(line(key, 1)).hasSize(MAX_LINE_BYTES + 1);
    assertThat(emitted()).containsExactly(version(key, 1));
  }

  @Test
  void aFileThatCannotBeReadIsTriedAgain() throws Exception {
    Files.createDirectory(file);
    start();
    look();
    assertThat(rejected()).isEmpty();

    Files.delete(file);
    append(line("a", 1));
    look();

    assertThat(emitted()).containsExactly(version("a", 1));
  }

  @Test
  void aFileThatCannotBeReadAtTheEndIsRejected() throws Exception {
    Files.createDirectory(file);
    start();

    harness.processWatermark(Watermark.MAX_WATERMARK);

    assertThat(rejected())
        .singleElement()
        .isEqualTo(
            new RejectedRecord(
                "",
                file.toString(),
                RejectionReason.UNREADABLE_INPUT,
                "%s cannot be read to its end: java.io.IOException: %s is no regular file"
                    .formatted(file, file)));
  }
}
