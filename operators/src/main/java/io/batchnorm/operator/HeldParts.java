package io.batchnorm.operator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Parts that wait for others of their key which are before them. */
final class HeldParts {
  private final Map<String, TreeMap<Long, Timed>> byKey = new HashMap<>();

  /**
   * @param place of the part in the order
   */
  void add(String key, long place, Timed part) {
    byKey.computeIfAbsent(key, k -> new TreeMap<>()).put(place, part);
  }

  /** The first in the order, null if there is none. */
  Timed first(String key) {
    TreeMap<Long, Timed> ofKey = byKey.get(key);
    return ofKey == null ? null : ofKey.firstEntry().getValue();
  }

  /** Gives away the first in the order. */
  void removeFirst(String key) {
    TreeMap<Long, Timed> ofKey = byKey.get(key);
    ofKey.pollFirstEntry();
    if (ofKey.isEmpty()) {
      byKey.remove(key);
    }
  }

  /**
   * Belongs to the end of input.
   *
   * @throws IllegalStateException if something waits, which would be lost
   */
  void checkEmpty() {
    if (!byKey.isEmpty()) {
      throw new IllegalStateException(
          "the input has ended and what was to come before others is missing, of %d keys, one of them \"%s\""
              .formatted(byKey.size(), byKey.keySet().iterator().next()));
    }
  }

  /**
   * All, added to {@code waiting} by key. Copies: a state backend may write them later than now,
   * when they were normalized in their arrays.
   */
  void addTo(Map<String, List<Timed>> waiting) {
    byKey.forEach(
        (key, parts) -> {
          List<Timed> ofKey = waiting.computeIfAbsent(key, k -> new ArrayList<>());
          parts.values().forEach(part -> ofKey.add(part.copy()));
        });
  }
}
