package io.batchnorm.job;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;

/** Reads the file of client settings. No text of it goes into a fault: some of it is secret. */
final class KafkaProperties {
  private static final int MAX_BYTES = 1 << 20;

  /** What the job sets itself, and would break if others did. */
  private static final Set<String> OURS =
      Set.of(
          "auto.offset.reset",
          "buffer.memory",
          "client.id.prefix",
          "enable.auto.commit",
          "enable.idempotence",
          "key.deserializer",
          "key.serializer",
          "max.request.size",
          "partition.discovery.interval.ms",
          "transactional.id",
          "value.deserializer",
          "value.serializer");

  private KafkaProperties() {}

  /**
   * The settings, or why there are none.
   *
   * @param faults to which the faults are added
   */
  static Optional<Map<String, String>> read(Path file, List<String> faults) {
    int before = faults.size();
    if (!Files.exists(file)) {
      faults.add("--kafka-properties: there is no file %s".formatted(file));
      return Optional.empty();
    }
    if (!new PathChecks(faults).regularFile("--kafka-properties", file)) {
      return Optional.empty();
    }
    Properties properties = new Properties();
    try {
      if (Files.size(file) > MAX_BYTES) {
        faults.add(
            "--kafka-properties: %s has more than %,d bytes, wanted NAME=VALUE lines"
                .formatted(file, MAX_BYTES));
        return Optional.empty();
      }
      properties.load(new StringReader(Files.readString(file)));
    } catch (IOException e) {
      faults.add("--kafka-properties: %s: %s".formatted(file, FailureText.of(e)));
    } catch (IllegalArgumentException e) {
      faults.add(
          "--kafka-properties: %s has a malformed \\u escape, wanted NAME=VALUE lines"
              .formatted(file));
    }
    Map<String, String> settings = new TreeMap<>();
    properties.stringPropertyNames().forEach(n -> settings.put(n, properties.getProperty(n)));
    settings.keySet().stream()
        .filter(OURS::contains)
        .forEach(
            name ->
                faults.add(
                    "--kafka-properties: %s sets %s, which the job sets itself; remove it"
                        .formatted(file, name)));
    return faults.size() == before ? Optional.of(settings) : Optional.empty();
  }
}
