package io.batchnorm.exchange;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Files that appear complete or not at all. Whoever lists the directory sees the old file or the
 * new one, and a hidden temporary file (its name starts with a dot) while it is being written.
 *
 * <p>The bytes are handed to the operating system before the rename but not forced to the disk: a
 * crash of the process loses nothing, a power cut may. A symbolic link at the target is replaced,
 * not followed.
 */
public final class AtomicFile {

  private static final int BUFFER_BYTES = 1 << 16;

  private AtomicFile() {}

  /** What the file shall contain. */
  @FunctionalInterface
  public interface Content {
    /** Writes everything to {@code out}, which is buffered and closed by the caller. */
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Writes {@code content} beside {@code target} and renames it over {@code target}. Missing parent
   * directories are created. If anything is thrown, the target is as it was and the temporary file
   * is gone.
   *
   * @throws IOException if the directory or the file cannot be written, or the target is a
   *     directory
   */
  public static void write(Path target, Content content) throws IOException {
    Path directory = target.toAbsolutePath().getParent();
    if (directory == null) {
      throw new IOException(target + " is a root directory, expected a path to a file");
    }
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory);
    }
    Path temporary = directory.resolve("." + UUID.randomUUID() + ".tmp");
    try {
      writeNew(temporary, content);
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (Throwable failure) {
      deleteAfter(failure, temporary);
      throw failure;
    }
  }

  private static void writeNew(Path file, Content content) throws IOException {
    try (OutputStream raw =
            Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        OutputStream out = new BufferedOutputStream(raw, BUFFER_BYTES)) {
      content.writeTo(out);
    }
  }

  private static void deleteAfter(Throwable failure, Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }
}
