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
  private static final Pattern OURS =
      Pattern.compile(
          "\\.?(" + Outputs.NORMALIZED + "|" + Outputs.REJECTED + ")-[0-9a-f-]{36}-\\d+\\.jsonl.*");

  private Leftovers() {}

  /** Removes them; folders may be null or missing. */
  public static void remove(Path... folders) throws IOException {
    for (Path folder : folders) {
      if (folder != null && Files.isDirectory(folder)) {
        for (Path file : ours(folder)) {
          Files.delete(file);
        }
      }
    }
  }

  private static List<Path> ours(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> OURS.matcher(file.getFileName().toString()).matches()).toList();
    }
  }
}
