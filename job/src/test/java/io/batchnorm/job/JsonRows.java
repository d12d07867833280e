package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Lines that a job left in the files of a folder. */
final class JsonRows {
  private static final JsonMapper JSON = new JsonMapper();

  private JsonRows() {}

  /** All lines in order of key and id; there must be no other files. */
  static List<JsonNode> read(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(Path::getFileName).map(Path::toString))
          .allMatch(name -> name.matches("(normalized|rejected)-.*\\.jsonl"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return finished(folder);
  }

  /** The same without hidden files: those that were being written when a task failed stay. */
  static List<JsonNode> finished(Path folder) {
    List<JsonNode> rows = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> !f.getFileName().toString().startsWith(".")).toList()) {
        rows.addAll(lines(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    rows.sort(Comparator.comparing(JsonRows::name));
    return rows;
  }

  /** The lines of one file, as they come. */
  static List<JsonNode> lines(Path file) {
    List<JsonNode> rows = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(file)) {
        rows.add(JSON.readTree(line));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return rows;
  }

  /** Reasons of rejected records by {@code key/id}, each of which must come once. */
  static Map<String, String> reasons(Path folder) {
    Map<String, String> reasons = new TreeMap<>();
    for (JsonNode row : read(folder)) {
      assertThat(row.get("message").textValue()).isNotBlank();
      assertThat(reasons.put(name(row), row.get("reason").textValue())).as(name(row)).isNull();
    }
    return reasons;
  }

  static String name(JsonNode row) {
    return row.get("key").textValue() + "/" + row.get("id").textValue();
  }

  static float[] values(JsonNode row) {
    float[] values = new float[row.get("values").size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = Float.parseFloat(row.get("values").get(i).asText());
    }
    return values;
  }
}
