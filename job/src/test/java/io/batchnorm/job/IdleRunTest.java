package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code run --state-ttl}, where no key is idle. */
class IdleRunTest {
  @TempDir Path folder;
  private NpyFolder in;

  @BeforeEach
  void prepare() {
    in = new NpyFolder(folder.resolve("in"));
    for (int i = 0; i < 7; i++) {
      in.random("a/%d.npy".formatted(i), 1, 5, 2);
      in.random("b/%d.npy".formatted(i), 1, 3);
    }
  }

  private List<String> run(String name, String... option) throws IOException {
    String[] common = {
      "run",
      "--input=npy:" + in.root(),
      "--output=npy:" + folder.resolve(name),
      "--statistics-stream=jsonl:" + folder.resolve(name + "-statistics"),
      "--statistics-out=" + folder.resolve(name + ".safetensors"),
      "--batch-size=2"
    };
    String[] all = new String[common.length + option.length];
    System.arraycopy(common, 0, all, 0, common.length);
    System.arraycopy(option, 0, all, common.length, option.length);
    Outcome.of(all).succeeded();
    return Files.readAllLines(folder.resolve(name + "-statistics/statistics.jsonl"));
  }

  @Test
  void writesWhatARunWithoutItWritesAndSaysResetFirst() throws Exception {
    List<String> without = run("without");

    List<String> with = run("with", "--state-ttl=7d");

    assertThat(new NpyFolder(folder.resolve("with")).contents())
        .isEqualTo(new NpyFolder(folder.resolve("without")).contents());
    assertThat(folder.resolve("with.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("without.safetensors"));
    assertThat(without).hasSize(2).noneMatch(line -> line.contains("\"reset\""));
    assertThat(with).hasSize(2).allMatch(line -> line.contains("\"reset\":true"));
  }
}
