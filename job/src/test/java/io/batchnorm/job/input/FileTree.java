package io.batchnorm.job.input;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A folder of empty files. */
record FileTree(Path root) {
  private static final List<String> SUFFIXES = List.of(".npy", ".png", ".jpg");

  FileTree with(String... paths) {
    try {
      for (String path : paths) {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.createFile(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  FileListing listing(String after) {
    return new FileListing(root, SUFFIXES, null, after);
  }

  List<FileReference> references(String after) {
    List<FileReference> references = new ArrayList<>();
    listing(after).forEachRemaining(references::add);
    return references;
  }

  /** Paths below the root, in the order listed. */
  List<String> listed() {
    return references(null).stream().map(this::pathOf).toList();
  }

  String pathOf(FileReference reference) {
    return root.relativize(Path.of(reference.path())).toString();
  }
}
