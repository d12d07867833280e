package io.batchnorm.job;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * The folder for temporary files that the launcher made for this process alone. Flink leaves files
 * there when it is interrupted, 24 MB each time.
 */
final class TemporaryFolder {
  private static final String PROPERTY = "batchnorm.tmp";

  private TemporaryFolder() {}

  /** Removes it when this process ends in any way but a kill; does nothing without a launcher. */
  static void removeAtExit() {
    String folder = System.getProperty(PROPERTY);
    if (folder != null) {
      Thread remover = new Thread(() -> remove(Path.of(folder)), "remove temporary folder");
      Runtime.getRuntime().addShutdownHook(remover);
    }
  }

  /** Goes on where others remove files of theirs at the same time. */
  static void remove(Path folder) {
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
              Files.deleteIfExists(file);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException e)
                throws IOException {
              Files.deleteIfExists(directory);
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      // Nobody is left to be told; the system cleans up its temporary folder.
    }
  }
}
