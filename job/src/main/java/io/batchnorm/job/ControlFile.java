package io.batchnorm.job;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.job.stream.MalformedStatisticsException;
import io.batchnorm.job.stream.StatisticsJson;
import io.batchnorm.types.Directive;
import io.batchnorm.types.Directive.Command;
import io.batchnorm.types.RejectedRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * Commands in a file, one JSON object a line:
 *
 * <pre>{@code
 * {"command":"freeze","key":"cam1"}
 * {"command":"freeze","key":"*","after_batches":100}
 * {"command":"load","key":"cam1","file":"statistics.safetensors"}
 * {"command":"load","key":"*","statistics":{"running_mean":[0.5],"running_var":[0.2],"num_batches_tracked":9}}
 * }</pre>
 *
 * <p>A load from a file takes the statistics of its key there, or of every key of the file for
 * {@code *}. Statistics in the line itself are those of {@link StatisticsJson} without key, {@code
 * frozen} and {@code reset}. A line that cannot be carried out is rejected like a record, with its
 * number as id, and changes nothing.
 *
 * @param directives in order
 * @param rejected lines that are none
 */
record ControlFile(List<Directive> directives, List<RejectedRecord> rejected) {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final Set<String> FIELDS =
      new TreeSet<>(Set.of("command", "key", "after_batches", "file", "statistics"));
  static final ControlFile EMPTY = new ControlFile(List.of(), List.of());

  /**
   * Reads all commands.
   *
   * @param wantsCount whether statistics to load must say how many values are behind them
   * @throws IOException if the file cannot be read
   */
  static ControlFile read(Path file, boolean wantsCount) throws IOException {
    List<Directive> directives = new ArrayList<>();
    List<RejectedRecord> rejected = new ArrayList<>();
    int number = 0;
    for (byte[] bytes : lines(Files.readAllBytes(file))) {
      number++;
      try {
        String line = text(bytes);
        if (line.isBlank()) {
          continue;
        }
        List<Directive> parsed = parse(line);
        checkCounts(parsed, wantsCount);
        directives.addAll(parsed);
      } catch (MalformedCommand e) {
        String message = "line %d of %s: %s".formatted(number, file, e.getMessage());
        rejected.add(
            new RejectedRecord(
                e.key, "line " + number, RejectionReason.MALFORMED_COMMAND, message));
      }
    }
    return new ControlFile(List.copyOf(directives), List.copyOf(rejected));
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

  /** Without the mark that some editors put before UTF-8. */
  private static String text(byte[] line) throws MalformedCommand {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(line)).toString();
      return text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new MalformedCommand("", "it is no text in UTF-8");
    }
  }

  /** Whether any of the commands brings statistics. */
  boolean loads() {
    return directives.stream().anyMatch(directive -> directive.command() == Command.LOAD);
  }

  private static void checkCounts(List<Directive> directives, boolean wantsCount)
      throws MalformedCommand {
    for (Directive directive : directives) {
      RunningStatistics statistics = directive.statistics();
      check(
          !wantsCount
              || statistics == null
              || statistics.count() != RunningStatistics.UNKNOWN_COUNT,
          directive.key(),
          "the statistics for key %s have no \"count\", which --averaging population wants to go"
              + " on from; use another averaging",
          directive.key());
    }
  }

  private static List<Directive> parse(String line) throws MalformedCommand {
    JsonNode json = json(line);
    String key = json.path("key").isTextual() ? json.path("key").textValue() : "";
    checkFields(json, key);
    check(
        !key.isEmpty(),
        key,
        "\"key\" is %s, wanted the name of a key, or * for all",
        shown(json.path("key")));
    Command command = command(json.path("command"), key);
    long after = afterBatches(json.path("after_batches"), key);
    boolean loads = json.has("file") || json.has("statistics");
    check(
        loads == (command == Command.LOAD) && !(json.has("file") && json.has("statistics")),
        key,
        "%s",
        command == Command.LOAD
            ? "load wants either \"file\" or \"statistics\""
            : command.code() + " takes neither \"file\" nor \"statistics\"");
    return directives(command, key, json).stream().map(d -> d.afterBatches(after)).toList();
  }

  private static void checkFields(JsonNode json, String key) throws MalformedCommand {
    for (String field : (Iterable<String>) json::fieldNames) {
      check(
          FIELDS.contains(field),
          key,
          "\"%s\" is no field of a command, wanted %s",
          field,
          String.join(", ", FIELDS));
    }
  }

  private static JsonNode json(String line) throws MalformedCommand {
    try {
      JsonNode json = JSON.readTree(line);
      check(json.isObject(), "", "it is %s, wanted a JSON object", shown(json));
      return json;
    } catch (JacksonException e) {
      throw new MalformedCommand("", StatisticsJson.fault(e));
    }
  }

  private static Command command(JsonNode name, String key) throws MalformedCommand {
    for (Command command : Command.values()) {
      if (command.code().equals(name.asText().toLowerCase(Locale.ROOT))) {
        return command;
      }
    }
    throw new MalformedCommand(
        key, "\"command\" is %s, wanted freeze, unfreeze, reset or load".formatted(shown(name)));
  }

  private static String shown(JsonNode node) {
    return node.isMissingNode() ? "missing" : node.toString();
  }

  private static long afterBatches(JsonNode node, String key) throws MalformedCommand {
    return node.isMissingNode() ? 0 : whole(node, "after_batches", key);
  }

  private static long whole(JsonNode node, String name, String key) throws MalformedCommand {
    check(
        node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= 0,
        key,
        "\"%s\" is %s, wanted a whole number of 0 or more",
        name,
        shown(node));
    return node.longValue();
  }

  private static List<Directive> directives(Command command, String key, JsonNode json)
      throws MalformedCommand {
    check(
        !json.has("file") || json.path("file").isTextual(),
        key,
        "\"file\" is %s, wanted the path of a safetensors file",
        shown(json.path("file")));
    return switch (command) {
      case FREEZE -> List.of(Directive.freeze(key));
      case UNFREEZE -> List.of(Directive.unfreeze(key));
      case RESET -> List.of(Directive.reset(key));
      case LOAD ->
          json.has("file")
              ? loadsFrom(json.path("file").asText(), key)
              : List.of(Directive.load(key, statistics(json.path("statistics"), key)));
    };
  }

  private static List<Directive> loadsFrom(String file, String key) throws MalformedCommand {
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
      throw new MalformedCommand(key, "\"file\": " + FailureText.of(e));
    }
  }

  private static RunningStatistics statistics(JsonNode json, String key) throws MalformedCommand {
    check(json.isObject(), key, "\"statistics\" is %s, wanted an object", shown(json));
    try {
      return StatisticsJson.statistics(json);
    } catch (MalformedStatisticsException e) {
      throw new MalformedCommand(key, e.getMessage());
    }
  }

  @SuppressWarnings("AnnotateFormatMethod") // The annotation is one more dependency.
  private static void check(boolean holds, String key, String message, Object... parts)
      throws MalformedCommand {
    if (!holds) {
      throw new MalformedCommand(key, message.formatted(parts));
    }
  }

  private static final class MalformedCommand extends Exception {
    private static final long serialVersionUID = 1L;

    private final String key;

    MalformedCommand(String key, String message) {
      super(message, null, false, false);
      this.key = key;
    }
  }
}
