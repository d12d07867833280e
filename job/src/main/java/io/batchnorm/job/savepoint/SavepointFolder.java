package io.batchnorm.job.savepoint;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.flink.core.fs.FileStatus;
import org.apache.flink.core.fs.FileSystem;
import org.apache.flink.core.fs.Path;

/**
 * Where a savepoint is or shall be, in any file system that Flink knows.
 *
 * @param path as Flink names it
 */
public record SavepointFolder(Path path) {
  private static final String METADATA = "_metadata";
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/.*");

  /**
   * A path as people write it: {@code s3://bucket/savepoint} or that of a local file.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static SavepointFolder of(String text) {
    return new SavepointFolder(
        SCHEME.matcher(text).matches()
            ? new Path(URI.create(text))
            : new Path(java.nio.file.Path.of(text).toAbsolutePath().normalize().toUri()));
  }

  /**
   * Whether {@code text} names something that is a savepoint by its looks: a folder, whatever is in
   * it, or a file {@code _metadata}.
   */
  public static boolean looksLike(String text) {
    try {
      SavepointFolder folder = of(text);
      return folder.path.getName().equals(METADATA)
          || folder.path.getFileSystem().getFileStatus(folder.path).isDir();
    } catch (IOException | RuntimeException e) {
      return SCHEME.matcher(text).matches();
    }
  }

  /** Whether there is nothing, or an empty folder. */
  public boolean isFree() throws IOException {
    try {
      FileStatus status = fileSystem().getFileStatus(path);
      return status.isDir() && fileSystem().listStatus(path).length == 0;
    } catch (FileNotFoundException e) {
      return true;
    }
  }

  /** Removes what is in the folder, and the folder. */
  void remove() throws IOException {
    if (fileSystem().exists(path)) {
      fileSystem().delete(path, true);
    }
  }

  private FileSystem fileSystem() throws IOException {
    return path.getFileSystem();
  }

  /** The path, if it is one of this machine. */
  public Optional<java.nio.file.Path> localFile() {
    String scheme = path.toUri().getScheme();
    return scheme == null || scheme.equals("file")
        ? Optional.of(java.nio.file.Path.of(path.getPath()))
        : Optional.empty();
  }

  /** A local path as people write it, any other as Flink does. */
  @Override
  public String toString() {
    return localFile().map(java.nio.file.Path::toString).orElseGet(path::toString);
  }
}
