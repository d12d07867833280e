package io.batchnorm.job.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeftoversTest {
  private static final String UUID = "-0f6d2a51-99f2-4c3f-9a37-0123456789ab-0.jsonl";

  @TempDir Path folder;

  @Test
  void removesOnlyFilesOfTheirOwnKind() throws Exception {
    List<String> ours =
        List.of("normalized" + UUID, ".normalized" + UUID + ".inprogress.1234-5678");
    List<String> others =
        List.of(
            "rejected" + UUID,
            "normalized.jsonl",
            "normalized-1.jsonl",
            "normalized-mine.jsonl",
            "normalized-by-me-1.jsonl",
            "my-normalized" + UUID,
            "normalized" + UUID.replace(".jsonl", ".txt"),
            "a.npy");
    touch(ours);
    touch(others);
    touch(List.of("key/normalized" + UUID));

    Leftovers.remove(folder, Outputs.NORMALIZED);

    assertThat(names()).containsExactlyInAnyOrderElementsOf(others).hasSize(8);
    assertThat(folder.resolve("key/normalized" + UUID)).exists();
  }

  @Test
  void removesRejectedRowsAlike() throws Exception {
    touch(List.of("normalized" + UUID, "rejected" + UUID));

    Leftovers.remove(folder, Outputs.REJECTED);

    assertThat(names()).containsExactly("normalized" + UUID);
  }

  @Test
  void mindsNoMissingFolder() {
    assertThatCode(() -> Leftovers.remove(folder.resolve("gone"), Outputs.NORMALIZED))
        .doesNotThrowAnyException();
  }

  private void touch(List<String> names) throws IOException {
    for (String name : names) {
      Files.createDirectories(folder.resolve(name).getParent());
      Files.createFile(folder.resolve(name));
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).map(f -> f.getFileName().toString()).toList();
    }
  }
}
