package io.batchnorm.job.input;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.flink.connector.file.src.compression.StandardDeCompressors;

/**
 * Which columns of a table are what.
 *
 * @param key whose statistics a row belongs to
 * @param features the channels, in this order
 * @param time event time, ISO-8601 or milliseconds since 1970, or null for none
 */
public record CsvColumns(String key, List<String> features, String time) implements Serializable {
  private static final Pattern NO_TEXT = Pattern.compile("[\\p{Cntrl}\uFFFD&&[^\\s]]");

  /** What is wrong with these columns for a table with that header; empty if nothing. */
  List<String> faults(List<String> header) {
    if (header.isEmpty()) {
      return List.of("it is empty, wanted a header and rows");
    }
    if (header.stream().anyMatch(name -> NO_TEXT.matcher(name).find())) {
      return List.of(
          "it is no text in UTF-8; a compressed table wants a name that ends in %s"
              .formatted(String.join(", ", StandardDeCompressors.getCommonSuffixes())));
    }
    List<String> faults = new ArrayList<>();
    for (String column : all()) {
      int count = Collections.frequency(header, column);
      if (count != 1) {
        faults.add(
            "there %s \"%s\", the columns are %s"
                .formatted(
                    count == 0 ? "is no column" : "are %d columns".formatted(count),
                    column,
                    String.join(", ", header)));
      }
    }
    return faults;
  }

  private List<String> all() {
    List<String> all = new ArrayList<>();
    all.add(key);
    all.addAll(features);
    if (time != null) {
      all.add(time);
    }
    return all;
  }
}
