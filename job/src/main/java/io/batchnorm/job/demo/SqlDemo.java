package io.batchnorm.job.demo;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/** A script of SQL over the readings of {@link SensorsDemo}. */
public final class SqlDemo {
  private static final String SCRIPT = "sensors.sql";

  private SqlDemo() {}

  /**
   * Puts script and readings into a folder, in place of those of an earlier run and of what came
   * out of it.
   *
   * @return the script
   */
  public static Path unpack(Path folder) throws IOException {
    Path script = folder.resolve(SCRIPT);
    Files.createDirectories(folder);
    removeFiles(folder.resolve("normalized"));
    try (InputStream readings = Resources.open(SensorsDemo.READINGS)) {
      Files.copy(readings, folder.resolve("readings.csv"), StandardCopyOption.REPLACE_EXISTING);
    }
    try (InputStream text = SqlDemo.class.getResourceAsStream("/sql/" + SCRIPT)) {
      if (text == null) {
        throw new FileNotFoundException("the job jar lacks sql/" + SCRIPT);
      }
      Files.copy(text, script, StandardCopyOption.REPLACE_EXISTING);
    }
    return script;
  }

  /** Of the one folder that the script writes; what is not from it has another name. */
  private static void removeFiles(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> parts =
          files.filter(file -> file.getFileName().toString().startsWith("part-")).toList();
      for (Path part : parts) {
        Files.delete(part);
      }
    }
  }
}
