package io.batchnorm.job.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.json.JsonMapper;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.NamedCsvRecord;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Moments;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Readings of humidity and temperature of four motes. */
public final class SensorsDemo implements Demo {
  static final String READINGS = "sensors/suthaharan-multi-hop-sensor-network.csv.gz";
  private static final JsonMapper JSON = new JsonMapper();

  @Override
  public String name() {
    return "sensors";
  }

  @Override
  public String description() {
    return "18,760 readings of humidity and temperature of four motes (Suthaharan et al. 2010, CC BY"
        + " 4.0), keyed by mote";
  }

  @Override
  public List<String> channels() {
    return List.of("humidity", "temperature");
  }

  @Override
  public int valuesPerSample() {
    return 1;
  }

  @Override
  public int freezeAfter() {
    return 75;
  }

  @Override
  public SortedMap<String, Moments> unpack(Path folder) throws IOException {
    Path file = folder.resolve("input").resolve("readings.csv");
    Files.createDirectories(file.getParent());
    try (InputStream readings = Resources.open(READINGS)) {
      Files.copy(readings, file, StandardCopyOption.REPLACE_EXISTING);
    }
    SortedMap<String, Moments> moments = new TreeMap<>();
    try (CsvReader<NamedCsvRecord> rows = CsvReader.builder().ofNamedCsvRecord(file)) {
      for (NamedCsvRecord row : rows) {
        float humidity = Float.parseFloat(row.getField("humidity"));
        float temperature = Float.parseFloat(row.getField("temperature"));
        moments.merge(row.getField("mote_id"), momentsOf(humidity, temperature), Moments::merge);
      }
    }
    return moments;
  }

  private static Moments momentsOf(float... channels) {
    return Moments.of(FeatureMap.of(channels, 1, channels.length));
  }

  @Override
  public List<String> input(String folder) {
    return List.of(
        "--input",
        "csv:" + folder + "/readings.csv",
        "--key-column",
        "mote_id",
        "--feature-columns",
        "humidity,temperature");
  }

  @Override
  public String output(String folder) {
    return "jsonl:" + folder;
  }

  @Override
  public List<String> settings() {
    // Readings drift: the spread within 32 of them says little, that of all of them is wanted.
    return List.of("--averaging", "population");
  }

  @Override
  public SortedMap<String, Moments> normalized(Path folder) throws IOException {
    SortedMap<String, Moments> moments = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files.sorted()::iterator) {
        try (MappingIterator<JsonNode> lines =
            JSON.readerFor(JsonNode.class).readValues(file.toFile())) {
          while (lines.hasNext()) {
            JsonNode line = lines.next();
            JsonNode values = line.get("values");
            Moments sample = momentsOf(values.get(0).floatValue(), values.get(1).floatValue());
            moments.merge(line.get("key").textValue(), sample, Moments::merge);
          }
        }
      }
    }
    return moments;
  }
}
