package io.batchnorm.job.input;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which columns of a table are what.
 *
 * @param key whose statistics a row belongs to
 * @param features the channels, in this order
 * @param time event time, ISO-8601 or milliseconds since 1970, or null for none
 */
public record CsvColumns(String key, List<String> features, String time) implements Serializable {

  /** What is wrong with these columns for a table with that header; empty if nothing. */
  List<String> faults(List<String> header) {
    List<String> faults = new ArrayList<>();
    Set<String> known = new HashSet<>(header);
    for (String column : all()) {
      if (!known.contains(column)) {
        faults.add(
            "there is no column \"%s\", the columns are %s"
                .formatted(column, String.join(", ", header)));
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
