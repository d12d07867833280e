package io.batchnorm.job.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files that an earlier run left in the folders of this one. Files of lines have new names in
 * every run; without this, a folder would mix the results of two.
 */
public final class Leftovers {
  private Leftovers() {}

  /**
   * Removes those of one kind; the folder may be missing.
   *
   * @param prefix {@link Outputs#NORMALIZED} or {@link Outputs#REJECTED}
   */
  public static void remove(Path folder, String prefix) throws IOException {
    if (Files.isDirectory(folder)) {
      for (Path file : ours(folder, prefix)) {
        Files.delete(file);
      }
    }
  }

  private static List<Path> ours(Path folder, String prefix) throws IOException {
    Pattern ours = Pattern.compile("\\.?" + prefix + "-[0-9a-f-]{36}-\\d+\\.jsonl.*");
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> ours.matcher(file.getFileName().toString()).matches()).toList();
    }
  }
}
