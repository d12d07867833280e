package io.batchnorm.operator;

import io.batchnorm.core.LayerState;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive;
import io.batchnorm.types.Directive.Command;
import io.batchnorm.types.KeyState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;

/**
 * Directives by key and sequence number, and what they make of the state of a key. Each acts on
 * each key exactly once: the key's state remembers how far it has come.
 *
 * <p>A key that no record visits takes nothing in until its next record; then the directives that
 * came meanwhile act in their order. Of two that act at once on the same thing (the freeze, or the
 * statistics) and reach the same keys, only the later one is kept where it leaves nothing of the
 * earlier, so the index stays as small as the number of keys that were ever addressed.
 */
final class DirectiveIndex {
  private static final Comparator<Entry> BY_SEQUENCE = Comparator.comparingLong(Entry::sequence);
  private static final Comparator<Entry> BY_TIME =
      Comparator.<Entry>comparingLong(e -> e.directive().afterBatches()).thenComparing(BY_SEQUENCE);

  private final Map<String, List<Entry>> byKey = new HashMap<>();
  private final Map<Long, Directive> deferred = new HashMap<>();
  private long last;

  record Entry(long sequence, Directive directive) {}

  /** The index of a saved log, in any order. */
  static DirectiveIndex of(Iterable<Map.Entry<Long, Directive>> log) {
    Map<Long, Directive> inOrder = new TreeMap<>();
    log.forEach(entry -> inOrder.put(entry.getKey(), entry.getValue()));
    DirectiveIndex index = new DirectiveIndex();
    inOrder.forEach(index::add);
    return index;
  }

  /** The highest sequence number, 0 if there is none. */
  long last() {
    return last;
  }

  /**
   * Adds a directive.
   *
   * @return sequence numbers of those that it makes void
   */
  List<Long> add(long sequence, Directive directive) {
    last = Math.max(last, sequence);
    List<Long> superseded =
        directive.afterBatches() == 0 ? removeSuperseded(sequence, directive) : List.of();
    byKey
        .computeIfAbsent(directive.key(), k -> new ArrayList<>(1))
        .add(new Entry(sequence, directive));
    if (directive.afterBatches() > 0) {
      deferred.put(sequence, directive);
    }
    return superseded;
  }

  private List<Long> removeSuperseded(long sequence, Directive directive) {
    List<Long> removed = new ArrayList<>();
    if (directive.forAllKeys()) {
      byKey.values().forEach(entries -> removeSuperseded(entries, sequence, directive, removed));
    } else if (byKey.containsKey(directive.key())) {
      removeSuperseded(byKey.get(directive.key()), sequence, directive, removed);
    }
    return removed;
  }

  private static void removeSuperseded(
      List<Entry> entries, long sequence, Directive directive, List<Long> removed) {
    entries.removeIf(
        entry -> {
          boolean superseded =
              entry.sequence() < sequence
                  && entry.directive().afterBatches() == 0
                  && supersedes(directive, entry.directive());
          if (superseded) {
            removed.add(entry.sequence());
          }
          return superseded;
        });
  }

  private static boolean supersedes(Directive later, Directive earlier) {
    return switch (later.command()) {
      case FREEZE, UNFREEZE ->
          earlier.command() == Command.FREEZE || earlier.command() == Command.UNFREEZE;
      case RESET -> earlier.command() == Command.RESET;
      case LOAD ->
          earlier.command() == Command.RESET
              || (earlier.command() == Command.LOAD
                  && decidesAffine(later.statistics(), earlier.statistics()));
    };
  }

  /**
   * Whether weight and bias of a key are the same without the earlier load. They outlive a reset
   * and a load that brings none but fits them, so a load of another width takes them away.
   */
  private static boolean decidesAffine(RunningStatistics later, RunningStatistics earlier) {
    return later.affine().isPresent()
        || (earlier.affine().isEmpty() && earlier.numFeatures() == later.numFeatures());
  }

  /** The state of a key after all directives that reached it since it was last looked at. */
  KeyState caughtUp(String key, KeyState state) {
    if (state.lastDirective() == last) {
      return state;
    }
    LayerState layer = state.layer();
    LongStream.Builder waiting = LongStream.builder();
    for (Entry entry : since(key, state.lastDirective())) {
      if (entry.directive().afterBatches() > state.batches()) {
        waiting.add(entry.sequence());
      } else {
        layer = entry.directive().applyTo(layer);
      }
    }
    long[] allWaiting =
        LongStream.concat(Arrays.stream(state.waiting()), waiting.build()).toArray();
    return KeyState.of(layer, state.batches(), last, allWaiting);
  }

  private List<Entry> since(String key, long sequence) {
    List<Entry> entries = new ArrayList<>();
    addSince(entries, byKey.get(key), sequence);
    if (!key.equals(Directive.ALL_KEYS)) {
      addSince(entries, byKey.get(Directive.ALL_KEYS), sequence);
    }
    entries.sort(BY_SEQUENCE);
    return entries;
  }

  private static void addSince(List<Entry> entries, List<Entry> candidates, long sequence) {
    if (candidates != null) {
      candidates.stream().filter(e -> e.sequence() > sequence).forEach(entries::add);
    }
  }

  /** The state of a key after the waiting directives whose batch has come. */
  KeyState afterBatch(KeyState state) {
    if (!state.hasWaiting()) {
      return state;
    }
    List<Entry> due = new ArrayList<>();
    LongStream.Builder still = LongStream.builder();
    for (long sequence : state.waiting()) {
      Directive directive = deferred.get(sequence);
      if (directive.afterBatches() > state.batches()) {
        still.add(sequence);
      } else {
        due.add(new Entry(sequence, directive));
      }
    }
    if (due.isEmpty()) {
      return state;
    }
    due.sort(BY_TIME);
    LayerState layer = state.layer();
    for (Entry entry : due) {
      layer = entry.directive().applyTo(layer);
    }
    return KeyState.of(layer, state.batches(), state.lastDirective(), still.build().toArray());
  }
}
