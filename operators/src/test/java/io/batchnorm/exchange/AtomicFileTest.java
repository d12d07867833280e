package io.batchnorm.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {

  @TempDir Path directory;

  @Test
  void writesAFileAndTheDirectoriesAboveIt() throws Exception {
    Path target = directory.resolve("key/of/it/a.npy");

    AtomicFile.write(target, out -> out.write(new byte[] {1, 2, 3}));

    assertThat(target).hasBinaryContent(new byte[] {1, 2, 3});
    assertThat(namesIn(target.getParent())).containsExactly("a.npy");
  }

  @Test
  void replacesTheOldFileOnlyWhenTheNewOneIsComplete() throws Exception {
    Path target = Files.write(directory.resolve("a"), new byte[] {1});
    List<String> meanwhile = new ArrayList<>();

    AtomicFile.write(
        target,
        out -> {
          out.write(2);
          out.flush();
          assertThat(target).hasBinaryContent(new byte[] {1});
          meanwhile.addAll(namesIn(directory));
        });

    assertThat(target).hasBinaryContent(new byte[] {2});
    assertThat(meanwhile).hasSize(2).filteredOn(name -> name.startsWith(".")).hasSize(1);
    assertThat(namesIn(directory)).containsExactly("a");
  }

  @Test
  void leavesTheOldFileAndNoRubbishWhenWritingFails() throws Exception {
    Path target = Files.write(directory.resolve("a"), new byte[] {1});

    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    target,
                    out -> {
                      out.write(2);
                      throw new IOException("disk full");
                    }))
        .isExactlyInstanceOf(IOException.class)
        .hasMessage("disk full");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    target,
                    out -> {
                      throw new IllegalArgumentException("bad value");
                    }))
        .isInstanceOf(IllegalArgumentException.class);

    assertThat(target).hasBinaryContent(new byte[] {1});
    assertThat(namesIn(directory)).containsExactly("a");
  }

  @Test
  void leavesNoRubbishWhenTheTargetCannotBeReplaced() throws Exception {
    Path target = Files.createDirectories(directory.resolve("a"));
    Files.write(target.resolve("inside"), new byte[1]);

    assertThatThrownBy(() -> AtomicFile.write(target, out -> out.write(1)))
        .isInstanceOf(IOException.class);

    assertThat(namesIn(directory)).containsExactly("a");
  }

  @Test
  void writesThroughALinkToADirectory() throws Exception {
    Path real = Files.createDirectories(directory.resolve("real"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), real);

    AtomicFile.write(link.resolve("a"), out -> out.write(1));

    assertThat(namesIn(real)).containsExactly("a");
  }

  @Test
  void acceptsNamesAsLongAsTheFileSystemDoes() throws Exception {
    Path target = directory.resolve("n".repeat(255));

    AtomicFile.write(target, out -> out.write(1));

    assertThat(target).hasBinaryContent(new byte[] {1});
  }

  private static List<String> namesIn(Path directory) throws IOException {
    try (Stream<Path> paths = Files.list(directory)) {
      return paths.map(path -> path.getFileName().toString()).toList();
    }
  }
}
