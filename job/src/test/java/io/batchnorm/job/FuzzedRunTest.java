package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Affine;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.stream.MutatedText;
import java.io.ByteArrayOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is in its files: a run is done, or was never started. */
@Timeout(300)
class FuzzedRunTest {
  private static final int CONTROL_FILES = 6;
  private static final int STATISTICS_FILES = 24;

  @TempDir Path folder;

  @BeforeEach
  void addBatches() {
    NpyFolder in = new NpyFolder(folder.resolve("in"));
    for (int i = 0; i < 3; i++) {
      in.random("a/%d.npy".formatted(i), 3 + i, 2);
      in.random("b/%d.npy".formatted(i), 6 + i, 2);
    }
  }

  @Test
  void anyControlFileIsCarriedOutOrRejected() throws Exception {
    Random random = new Random(8);
    List<String> lines = CommandsFuzzTest.lines(folder);
    int done = 0;
    for (int i = 0; i < CONTROL_FILES; i++) {
      ByteArrayOutputStream control = new ByteArrayOutputStream();
      for (int line = 0; line < 200; line++) {
        control.writeBytes(MutatedText.of(lines, random));
        control.write('\n');
      }
      Files.write(folder.resolve("control.jsonl"), control.toByteArray());
      done += run("--control=jsonl:" + folder.resolve("control.jsonl"), "--mode=train");
    }
    assertThat(done).isEqualTo(CONTROL_FILES);
  }

  @Test
  void anyStatisticsFileIsUsedOrRefused() throws Exception {
    Random random = new Random(9);
    Path file = folder.resolve("s.safetensors");
    StatisticsFile.write(
        file,
        Map.of(
            "a",
            RunningStatistics.of(3, 8, new double[] {0.1, 2}, new double[] {1, 3})
                .withAffine(Affine.of(new float[] {1, 2}, new float[] {0, 0})),
            "b",
            RunningStatistics.initial(2)),
        true,
        Map.of("format", "pt"));
    byte[] whole = Files.readAllBytes(file);
    int done = 0;
    for (int i = 0; i < STATISTICS_FILES; i++) {
      Files.write(file, mutated(whole, random));
      done += run("--statistics-in=" + file, i % 2 == 0 ? "--mode=eval" : "--mode=train");
    }
    assertThat(done).isBetween(1, STATISTICS_FILES - 1);
  }

  /** Other bits in the header or in the data, or a missing end. */
  private static byte[] mutated(byte[] file, Random random) {
    byte[] bytes = file.clone();
    for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
      int at =
          random.nextInt(4) == 0
              ? random.nextInt(bytes.length)
              : bytes.length - 1 - random.nextInt(64);
      bytes[at] ^= (byte) (1 << random.nextInt(8));
    }
    return random.nextInt(8) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
  }

  /** 1 if the run was done, 0 if it was refused; nothing else may happen. */
  private int run(String... settings) {
    String[] args =
        new String[] {
          "run",
          "--input=npy:" + folder.resolve("in"),
          "--output=none",
          "--parallelism=1",
          settings[0],
          settings[1]
        };
    Outcome outcome = Outcome.of(args);
    assertThat(outcome.status()).as(outcome.err()).isIn(0, 2);
    assertThat(outcome.out() + outcome.err()).doesNotContain("Exception", "\tat ");
    if (outcome.status() == 0) {
      assertThat(outcome.out()).contains("normalized");
      return 1;
    }
    assertThat(outcome.err()).startsWith("batchnorm run: ");
    return 0;
  }
}
