package io.batchnorm.operator;

import io.batchnorm.types.SlicePart;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Parts that wait for others of their key which have smaller numbers. */
final class HeldParts {
  private final Map<String, TreeMap<Long, Timed>> byKey = new HashMap<>();

  void add(String key, Timed part) {
    byKey.computeIfAbsent(key, k -> new TreeMap<>()).put(((SlicePart) part.part()).number(), part);
  }

  /** That with the smallest number, null if there is none. */
  Timed first(String key) {
    TreeMap<Long, Timed> ofKey = byKey.get(key);
    return ofKey == null ? null : ofKey.firstEntry().getValue();
  }

  /** Gives away that with the smallest number. */
  void removeFirst(String key) {
    TreeMap<Long, Timed> ofKey = byKey.get(key);
    ofKey.pollFirstEntry();
    if (ofKey.isEmpty()) {
      byKey.remove(key);
    }
  }

  boolean isEmpty() {
    return byKey.isEmpty();
  }

  /** All, added to {@code waiting} by key. */
  void addTo(Map<String, List<Timed>> waiting) {
    byKey.forEach(
        (key, parts) ->
            waiting.computeIfAbsent(key, k -> new ArrayList<>()).addAll(parts.values()));
  }
}
