package io.batchnorm.job;

import io.batchnorm.core.RejectionReason;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.control.CommandJson;
import io.batchnorm.job.control.MalformedCommandException;
import io.batchnorm.types.Directive;
import io.batchnorm.types.Directive.Command;
import io.batchnorm.types.RejectedRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Commands that were there when a run was checked. What cannot be carried out is rejected like a
 * record and changes nothing.
 *
 * @param directives in order
 * @param rejected what is none
 */
record Commands(List<Directive> directives, List<RejectedRecord> rejected) {
  static final Commands EMPTY = new Commands(List.of(), List.of());

  /**
   * Reads a file, one {@link CommandJson} a line, which is the id of one that is rejected.
   *
   * @param wantsCount whether statistics to load must say how many values are behind them
   * @throws IOException if the file cannot be read
   */
  static Commands read(Path file, boolean wantsCount) throws IOException {
    List<Directive> directives = new ArrayList<>();
    List<RejectedRecord> rejected = new ArrayList<>();
    int number = 0;
    for (byte[] bytes : lines(Files.readAllBytes(file))) {
      number++;
      try {
        directives.addAll(CommandJson.read(bytes, wantsCount, Commands::loadsFrom));
      } catch (MalformedCommandException e) {
        String message = "line %d of %s: %s".formatted(number, file, e.getMessage());
        rejected.add(
            new RejectedRecord(
                e.key(), "line " + number, RejectionReason.MALFORMED_COMMAND, message));
      }
    }
    return new Commands(List.copyOf(directives), List.copyOf(rejected));
  }

  private static List<byte[]> lines(byte[] file) {
    List<byte[]> lines = new ArrayList<>();
    int start = 0;
    for (int i = 0; i <= file.length; i++) {
      if (i == file.length || file[i] == '\n') {
        lines.add(Arrays.copyOfRange(file, start, i));
        start = i + 1;
      }
    }
    return lines;
  }

  /** Whether any of the commands brings statistics. */
  boolean loads() {
    return directives.stream().anyMatch(directive -> directive.command() == Command.LOAD);
  }

  private static List<Directive> loadsFrom(String file, String key)
      throws MalformedCommandException {
    try {
      StatisticsFile statistics = StatisticsFile.read(Path.of(file));
      if (key.equals(Directive.ALL_KEYS)) {
        check(
            !statistics.byKey().containsKey(Directive.ALL_KEYS),
            key,
            "%s has a key \"*\", which stands for all keys; rename its tensors",
            file);
        check(!statistics.byKey().isEmpty(), key, "%s has no statistics of any key", file);
        return statistics.byKey().entrySet().stream()
            .map(entry -> Directive.load(entry.getKey(), entry.getValue()))
            .toList();
      }
      RunningStatistics found = statistics.byKey().get(key);
      check(found != null, key, "%s has no statistics of key %s", file, key);
      return List.of(Directive.load(key, found));
    } catch (IOException | InvalidPathException e) {
      throw new MalformedCommandException(key, "\"file\": " + FailureText.of(e));
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // The annotation is one more dependency.
  private static void check(boolean holds, String key, String message, Object... parts)
      throws MalformedCommandException {
    if (!holds) {
      throw new MalformedCommandException(key, message.formatted(parts));
    }
  }
}
