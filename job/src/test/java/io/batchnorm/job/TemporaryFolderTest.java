package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporaryFolderTest {
  @Test
  void removesAllThatIsInTheFolderAndTheFolder(@TempDir Path parent) throws Exception {
    Path folder = parent.resolve("tmp");
    Files.createDirectories(folder.resolve("a/b"));
    Files.writeString(folder.resolve("a/b/file"), "x");
    Files.writeString(folder.resolve("file"), "x");
    Path outside = Files.createDirectories(parent.resolve("outside"));
    Files.writeString(outside.resolve("kept"), "x");
    Files.createSymbolicLink(folder.resolve("link"), outside);

    TemporaryFolder.remove(folder);

    assertThat(folder).doesNotExist();
    assertThat(outside.resolve("kept")).as("links are not followed").exists();
  }

  @Test
  void isContentWithAFolderThatIsGone(@TempDir Path parent) {
    assertThatCode(() -> TemporaryFolder.remove(parent.resolve("gone"))).doesNotThrowAnyException();
  }
}
