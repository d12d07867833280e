package io.batchnorm.job;

import io.batchnorm.exchange.ExchangeException;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.input.Inputs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.core.fs.FileSystem;

/**
 * Checks that what is to be read is there, that what is to be written can be a file or folder, and
 * that it does not lie over something that would be lost.
 */
final class PathChecks {
  private final List<String> faults;

  /**
   * @param faults to which the faults are added
   */
  PathChecks(List<String> faults) {
    this.faults = faults;
  }

  /** An input that is read; null for none. */
  void input(Location input) {
    if (input == null || input.isTopic()) {
      return;
    }
    Path path = input.path();
    if (!Files.exists(path)) {
      faults.add("--input: there is no %s".formatted(path));
    } else if (input.scheme().equals("csv")) {
      regularFile("--input", path);
    } else if (!Files.isDirectory(path)) {
      faults.add(
          "--input: %s is a file, %s wants a folder DIR with DIR/KEY/..."
              .formatted(path, input.scheme()));
    } else {
      hasFiles(input);
    }
  }

  /** A file to read: no folder, and no pipe or device, which could last for ever. */
  boolean regularFile(String option, Path path) {
    if (Files.exists(path) && !Files.isRegularFile(path)) {
      faults.add(
          "%s: %s is %s, wanted a file"
              .formatted(option, path, Files.isDirectory(path) ? "a folder" : "a pipe or device"));
      return false;
    }
    return true;
  }

  private void hasFiles(Location input) {
    boolean images = input.scheme().equals("images");
    try {
      if (!Inputs.hasFiles(input.path(), images)) {
        faults.add(
            "--input: there is no %s in %s, wanted DIR/KEY/%s"
                .formatted(
                    images ? "image" : ".npy file", input.path(), images ? "*.png" : "*.npy"));
      }
    } catch (UncheckedIOException e) {
      faults.add("--input: " + FailureText.of(e.getCause()));
    }
  }

  /** A folder to write to, which must not share files with the input; null for none. */
  void outputFolder(String option, Location output, Location input) {
    if (output == null || output.path() == null) {
      return;
    }
    folder(option, output.path());
    if (input == null || input.isTopic() || input.scheme().equals("csv")) {
      return;
    }
    Path written = real(output.path());
    Path read = real(input.path());
    if (written.startsWith(read) || read.startsWith(written)) {
      faults.add(
          "%s: %s and the input %s lie in one another, wanted separate folders"
              .formatted(option, output.path(), input.path()));
    }
  }

  /** A folder that is there or can be made. */
  void folder(String option, Path folder) {
    Path existing = existing(folder);
    if (!Files.isDirectory(existing)) {
      faults.add("%s: %s is a file, wanted a folder".formatted(option, existing));
    } else if (!Files.isWritable(existing)) {
      faults.add("%s: this user may not write to %s".formatted(option, existing));
    }
  }

  /** A statistics file to write, which replaces another one at the most; null for none. */
  void statisticsFile(String option, Path file) {
    if (file == null) {
      return;
    }
    if (Files.isDirectory(file)) {
      faults.add("%s is the folder %s, wanted a file".formatted(option, file));
    } else if (!Files.exists(file)) {
      folder(option, file.toAbsolutePath().getParent());
    } else if (!isStatisticsFile(file)) {
      faults.add(
          "%s: %s is there already and holds more than statistics, so it is not replaced; wanted"
                  .formatted(option, file)
              + " another name");
    }
  }

  private static boolean isStatisticsFile(Path file) {
    if (!Files.isRegularFile(file)) {
      return false;
    }
    try {
      return StatisticsFile.read(file).ignoredTensors() == 0;
    } catch (ExchangeException e) {
      return file.toFile().length() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** The path with symbolic links followed as far as it exists. */
  private static Path real(Path path) {
    Path existing = existing(path);
    try {
      return existing.toRealPath().resolve(existing.relativize(path));
    } catch (IOException e) {
      return path;
    }
  }

  private static Path existing(Path path) {
    Path existing = path;
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    return existing;
  }

  /** A location of any file system that Flink knows, such as {@code s3://bucket/folder}. */
  void fileSystem(String option, String uri) {
    try {
      FileSystem.get(URI.create(uri));
    } catch (IOException | RuntimeException e) {
      faults.add(
          "%s is \"%s\", for which this Flink has no file system (%s)"
              .formatted(option, uri, firstSentence(FailureText.ofFailure(e))));
    }
  }

  /** Flink adds advice and links. */
  private static String firstSentence(String text) {
    int end = text.indexOf(". ");
    return end < 0 ? text : text.substring(0, end);
  }
}
