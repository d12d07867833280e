package io.batchnorm.job.savepoint;

import io.batchnorm.core.Averaging;
import io.batchnorm.core.LayerState;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.exchange.KeyNote;
import io.batchnorm.exchange.StatisticsFile;
import io.batchnorm.exchange.StatisticsFileWriter;
import io.batchnorm.types.KeyState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a savepoint and a file both hold of the keys that have statistics.
 *
 * <p>Counts. A job counts values under any {@link Averaging}, but only population averaging needs
 * them to go on, and a {@code state_dict} has no place for them. So statistics that a job learned
 * by exponential or cumulative averaging have none here. Those that came from a file with counts,
 * and on which no job has trained since, keep them: an entry {@code counts} of the saved settings
 * says so, which training clears.
 *
 * @param byKey statistics by key
 * @param notes of the keys of which more is known
 * @param settings {@code eps}, {@code averaging} and {@code momentum} that they were learned by, as
 *     far as known
 * @param waiting how many keys wait for a command to act after a later batch
 */
public record SavedStatistics(
    SortedMap<String, RunningStatistics> byKey,
    SortedMap<String, KeyNote> notes,
    SortedMap<String, String> settings,
    long waiting) {
  private static final List<String> SETTINGS = List.of("eps", "averaging", "momentum");
  private static final String COUNTS = "counts";
  private static final String KEPT = "kept";

  /** Copies nothing; the maps must not change any more. */
  public SavedStatistics {
    byKey = Collections.unmodifiableSortedMap(byKey);
    notes = Collections.unmodifiableSortedMap(notes);
    settings = Collections.unmodifiableSortedMap(settings);
  }

  static SavedStatistics of(Map<String, KeyState> states, Map<String, String> config) {
    SortedMap<String, RunningStatistics> byKey = new TreeMap<>();
    SortedMap<String, KeyNote> notes = new TreeMap<>();
    boolean counts = keepsCounts(config);
    long waiting = 0;
    for (Map.Entry<String, KeyState> entry : states.entrySet()) {
      KeyState state = entry.getValue();
      waiting += state.hasWaiting() ? 1 : 0;
      if (state.layer().statistics().isPresent()) {
        RunningStatistics statistics = state.layer().statistics().get();
        byKey.put(entry.getKey(), counts ? statistics : withoutCount(statistics));
        notes.put(entry.getKey(), note(state, statistics.numBatchesTracked()));
      }
    }
    notes.values().removeIf(KeyNote.NONE::equals);
    return new SavedStatistics(byKey, notes, settings(config), waiting);
  }

  static SavedStatistics of(StatisticsFile file) {
    SortedMap<String, KeyNote> notes = new TreeMap<>();
    file.byKey()
        .forEach(
            (key, statistics) ->
                notes.put(key, note(state(file, key), statistics.numBatchesTracked())));
    notes.values().removeIf(KeyNote.NONE::equals);
    return new SavedStatistics(
        new TreeMap<>(file.byKey()), notes, settings(file.metadata()), /* waiting= */ 0);
  }

  /** What a job finds for a key of a file; its directives start anew. */
  static KeyState state(StatisticsFile file, String key) {
    RunningStatistics statistics = file.byKey().get(key);
    KeyNote note = file.note(key);
    LayerState layer = LayerState.of(statistics, note.inputRank().orElse(null), note.frozen());
    long batches =
        note.batches() == KeyNote.UNKNOWN_BATCHES ? statistics.numBatchesTracked() : note.batches();
    return KeyState.of(layer, batches, 0, new long[0]);
  }

  /** What a job finds of the settings that a file was learned by. */
  static SortedMap<String, String> config(StatisticsFile file) {
    SortedMap<String, String> config = settings(file.metadata());
    boolean counted =
        file.byKey().values().stream().anyMatch(s -> s.count() != RunningStatistics.UNKNOWN_COUNT);
    if (counted && !keepsCounts(config)) {
      config.put(COUNTS, KEPT);
    }
    return config;
  }

  private static SortedMap<String, String> settings(Map<String, String> text) {
    SortedMap<String, String> settings = new TreeMap<>(text);
    settings.keySet().retainAll(SETTINGS);
    return settings;
  }

  private static boolean keepsCounts(Map<String, String> config) {
    String averaging = config.get("averaging");
    return averaging == null
        || averaging.equals(Averaging.Kind.POPULATION.code())
        || KEPT.equals(config.get(COUNTS));
  }

  private static RunningStatistics withoutCount(RunningStatistics statistics) {
    return statistics.count() == RunningStatistics.UNKNOWN_COUNT
        ? statistics
        : RunningStatistics.of(
                statistics.numBatchesTracked(),
                RunningStatistics.UNKNOWN_COUNT,
                statistics.means(),
                statistics.vars())
            .withAffine(statistics.affine().orElse(null));
  }

  /** The number of batches is noted where it is not that of the statistics. */
  private static KeyNote note(KeyState state, long tracked) {
    return new KeyNote(
        state.layer().frozen(),
        state.layer().inputRank(),
        state.batches() == tracked ? KeyNote.UNKNOWN_BATCHES : state.batches());
  }

  /** How many keys are frozen. */
  public long frozen() {
    return notes.values().stream().filter(KeyNote::frozen).count();
  }

  /**
   * Writes a file from which {@link SavepointImport} makes the same statistics, bit for bit, and
   * which PyTorch reads.
   *
   * @throws SavepointException if a key cannot be the beginning of a tensor's name
   * @throws IOException if it cannot be written
   */
  public void write(Path file) throws IOException {
    if (byKey.containsKey("")) {
      throw new SavepointException(
          "one key is the empty text, after which no tensor can be named; give it another key");
    }
    Map<String, String> metadata = new TreeMap<>(settings);
    metadata.put("format", "pt");
    metadata.put("version", "2");
    StatisticsFileWriter.of(byKey)
        .withCounts()
        .withFloat64()
        .withNotes(notes)
        .withMetadata(metadata)
        .write(file);
  }
}
