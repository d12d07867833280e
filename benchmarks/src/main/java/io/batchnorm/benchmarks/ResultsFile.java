package io.batchnorm.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code results.json}: the machine, the JVM, and a row for each comparison. */
final class ResultsFile {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final Path path;

  ResultsFile(Path path) {
    this.path = path;
  }

  record Contents(String machine, String jvm, List<Result> rows) {}

  /**
   * Puts {@code results} where their ids are, new ones behind the others.
   *
   * @param order all ids there are, in their order; rows of others are dropped
   * @throws IllegalStateException if the other rows are of another machine or JVM
   */
  void replace(List<Result> results, List<String> order) throws IOException {
    Map<String, Result> byId = new LinkedHashMap<>();
    if (Files.exists(path)) {
      Contents before = JSON.readValue(path.toFile(), Contents.class);
      before.rows().forEach(row -> byId.put(row.id(), row));
      results.forEach(row -> byId.remove(row.id()));
      checkSameMachine(before, byId.keySet().stream().filter(order::contains).toList());
    }
    results.forEach(row -> byId.put(row.id(), row));
    List<Result> rows = order.stream().filter(byId::containsKey).map(byId::get).toList();
    write(new Contents(Machine.name(), Machine.jvm(), rows));
  }

  private void checkSameMachine(Contents before, List<String> kept) {
    boolean same = before.machine().equals(Machine.name()) && before.jvm().equals(Machine.jvm());
    if (!same && !kept.isEmpty()) {
      throw new IllegalStateException(
          "%s has rows of %s, %s; those of another machine cannot stand beside them: run all, or remove it"
              .formatted(path, before.machine(), before.jvm()));
    }
  }

  private void write(Contents contents) throws IOException {
    Path part = path.resolveSibling(path.getFileName() + ".part");
    Files.writeString(part, JSON.writeValueAsString(contents) + "\n");
    Files.move(part, path, StandardCopyOption.REPLACE_EXISTING);
  }
}
