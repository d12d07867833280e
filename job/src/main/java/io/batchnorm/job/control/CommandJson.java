package io.batchnorm.job.control;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.job.stream.MalformedStatisticsException;
import io.batchnorm.job.stream.StatisticsJson;
import io.batchnorm.types.Directive;
import io.batchnorm.types.Directive.Command;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * A command as a JSON object:
 *
 * <pre>{@code
 * {"command":"freeze","key":"cam1"}
 * {"command":"freeze","key":"*","after_batches":100}
 * {"command":"load","key":"cam1","file":"statistics.safetensors"}
 * {"command":"load","key":"*","statistics":{"running_mean":[0.5],"running_var":[0.2],"num_batches_tracked":9}}
 * }</pre>
 *
 * <p>A load from a file takes the statistics of its key there, or of every key of the file for
 * {@code *}. Statistics in the command itself are those of {@link StatisticsJson} without key,
 * {@code frozen} and {@code reset}.
 */
public final class CommandJson {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();
  private static final Set<String> FIELDS =
      new TreeSet<>(Set.of("command", "key", "after_batches", "file", "statistics"));

  private CommandJson() {}

  /**
   * What a command asks for: one directive, or one for each key of a file; none if it is blank.
   *
   * @param utf8 the JSON object, perhaps behind the mark that some editors put before UTF-8
   * @param wantsCount whether statistics to load must say how many values are behind them
   * @throws MalformedCommandException if it cannot be carried out
   */
  public static List<Directive> read(byte[] utf8, boolean wantsCount, StatisticsFiles files)
      throws MalformedCommandException {
    String text = text(utf8);
    if (text.isBlank()) {
      return List.of();
    }
    List<Directive> directives = parse(text, files);
    if (wantsCount) {
      checkCounts(directives);
    }
    return directives;
  }

  private static String text(byte[] utf8) throws MalformedCommandException {
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
      return text.startsWith("\ufeff") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new MalformedCommandException("", "it is no text in UTF-8");
    }
  }

  private static void checkCounts(List<Directive> directives) throws MalformedCommandException {
    for (Directive directive : directives) {
      RunningStatistics statistics = directive.statistics();
      check(
          statistics == null || statistics.count() != RunningStatistics.UNKNOWN_COUNT,
          directive.key(),
          "the statistics for key %s have no \"count\", which --averaging population wants to go"
              + " on from; use another averaging",
          directive.key());
    }
  }

  private static List<Directive> parse(String text, StatisticsFiles files)
      throws MalformedCommandException {
    JsonNode json = json(text);
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
    return directives(command, key, json, files).stream().map(d -> d.afterBatches(after)).toList();
  }

  private static void checkFields(JsonNode json, String key) throws MalformedCommandException {
    for (String field : (Iterable<String>) json::fieldNames) {
      check(
          FIELDS.contains(field),
          key,
          "\"%s\" is no field of a command, wanted %s",
          field,
          String.join(", ", FIELDS));
    }
  }

  private static JsonNode json(String text) throws MalformedCommandException {
    try {
      JsonNode json = JSON.readTree(text);
      check(json.isObject(), "", "it is %s, wanted a JSON object", shown(json));
      return json;
    } catch (JacksonException e) {
      throw new MalformedCommandException("", StatisticsJson.fault(e));
    }
  }

  private static Command command(JsonNode name, String key) throws MalformedCommandException {
    for (Command command : Command.values()) {
      if (command.code().equals(name.asText().toLowerCase(Locale.ROOT))) {
        return command;
      }
    }
    throw new MalformedCommandException(
        key, "\"command\" is %s, wanted freeze, unfreeze, reset or load".formatted(shown(name)));
  }

  private static String shown(JsonNode node) {
    return node.isMissingNode() ? "missing" : node.toString();
  }

  private static long afterBatches(JsonNode node, String key) throws MalformedCommandException {
    return node.isMissingNode() ? 0 : whole(node, "after_batches", key);
  }

  private static long whole(JsonNode node, String name, String key)
      throws MalformedCommandException {
    check(
        node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= 0,
        key,
        "\"%s\" is %s, wanted a whole number of 0 or more",
        name,
        shown(node));
    return node.longValue();
  }

  private static List<Directive> directives(
      Command command, String key, JsonNode json, StatisticsFiles files)
      throws MalformedCommandException {
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
              ? files.loads(json.path("file").asText(), key)
              : List.of(Directive.load(key, statistics(json.path("statistics"), key)));
    };
  }

  private static RunningStatistics statistics(JsonNode json, String key)
      throws MalformedCommandException {
    check(json.isObject(), key, "\"statistics\" is %s, wanted an object", shown(json));
    try {
      return StatisticsJson.statistics(json);
    } catch (MalformedStatisticsException e) {
      throw new MalformedCommandException(key, e.getMessage());
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
