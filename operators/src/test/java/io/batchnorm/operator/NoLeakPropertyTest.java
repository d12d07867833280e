package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.NormalizedBatch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.AfterProperty;

/**
 * No path leads from whatever happens into the statistics of a frozen key, with and without a
 * control stream, on both state backends. Judged by {@link FreezeTracker} after every event, for
 * all keys.
 */
class NoLeakPropertyTest {
  private static final List<String> KEYS = List.of("a", "b", "c");

  /** One thing that happens to the operator. */
  sealed interface Event {}

  record Arrives(String key, int shape, boolean spoiled) implements Event {
    private static final int[][] SHAPES = {
      {2, 3, 2, 2}, {1, 3, 1, 1}, {2, 4, 2, 2}, {0, 3, 2, 2}, {4, 3}
    };

    FeatureBatch batch(int number) {
      FeatureBatch batch = Batches.ofShape(key, number, SHAPES[shape]);
      boolean empty = batch.features().values().length == 0;
      return spoiled && !empty ? Batches.spoiled(batch, Float.NaN) : batch;
    }
  }

  record Directs(Directive directive) implements Event {}

  record Rescales(int parallelism) implements Event {}

  /** Of all tries of a property. */
  private int frozenOutputs;

  /** Random commands could have frozen nothing that had learned. */
  @AfterProperty
  void someRecordsWereNormalizedByFrozenStatistics() {
    assertThat(frozenOutputs).isPositive();
  }

  @Property(tries = 150)
  void frozenStatisticsStayTheSameBytesUnderControlOnHeap(@ForAll("events") List<Event> events)
      throws Exception {
    play(Job.on(Backend.HASHMAP), events);
  }

  @Property(tries = 25)
  void frozenStatisticsStayTheSameBytesUnderControlOnRocksdb(@ForAll("events") List<Event> events)
      throws Exception {
    play(Job.on(Backend.ROCKSDB), events);
  }

  @Property(tries = 150)
  void frozenStatisticsStayTheSameBytesWithoutControlOnHeap(
      @ForAll("seeds") List<Directive> seeds, @ForAll("events") List<Event> events)
      throws Exception {
    playWithoutControl(Job.on(Backend.HASHMAP), seeds, events);
  }

  @Property(tries = 25)
  void frozenStatisticsStayTheSameBytesWithoutControlOnRocksdb(
      @ForAll("seeds") List<Directive> seeds, @ForAll("events") List<Event> events)
      throws Exception {
    playWithoutControl(Job.on(Backend.ROCKSDB), seeds, events);
  }

  private void playWithoutControl(Job job, List<Directive> seeds, List<Event> events)
      throws Exception {
    play(
        job.withoutControl().withSeeds(seeds.toArray(Directive[]::new)),
        events.stream().filter(event -> !(event instanceof Directs)).toList());
  }

  private void play(Job job, List<Event> events) throws Exception {
    try (Subtasks subtasks = Subtasks.of(job, 2)) {
      Run run = new Run(subtasks);
      for (Directive seed : job.seeds()) {
        run.direct(seed);
      }
      for (Event event : events) {
        run.play(event);
      }
      for (String key : KEYS) {
        run.play(new Arrives(key, 0, false));
      }
      frozenOutputs += run.frozen;
    }
  }

  private static final class Run {
    private final Subtasks subtasks;
    private final Map<String, FreezeTracker> trackers = new LinkedHashMap<>();
    private int number;
    private int frozen;

    Run(Subtasks subtasks) {
      this.subtasks = subtasks;
      KEYS.forEach(key -> trackers.put(key, new FreezeTracker()));
    }

    void play(Event event) throws Exception {
      if (event instanceof Arrives arrives) {
        batch(arrives.batch(number++));
      } else if (event instanceof Directs directs) {
        direct(directs.directive());
        subtasks.direct(directs.directive());
      } else if (event instanceof Rescales rescales) {
        subtasks.rescale(rescales.parallelism());
      }
      for (Map.Entry<String, FreezeTracker> entry : trackers.entrySet()) {
        String key = entry.getKey();
        entry.getValue().assertUnchangedMeanwhile(subtasks.of(key).state(key));
      }
    }

    void direct(Directive directive) {
      trackers.forEach(
          (key, tracker) -> {
            if (directive.forAllKeys() || directive.key().equals(key)) {
              tracker.direct(directive);
            }
          });
    }

    private void batch(FeatureBatch batch) throws Exception {
      String key = batch.key();
      Subtask subtask = subtasks.of(key);
      int normalizedBefore = subtask.normalized().size();
      int rejectedBefore = subtask.rejected().size();
      FreezeTracker tracker = trackers.get(key);
      boolean wasFrozen = tracker.isFrozen();

      subtask.batch(batch);

      List<NormalizedBatch> all = subtask.normalized();
      NormalizedBatch normalized = all.size() > normalizedBefore ? all.get(normalizedBefore) : null;
      int rejected = subtask.rejected().size() - rejectedBefore;
      assertThat(all.size() - normalizedBefore + rejected).isEqualTo(1);
      tracker.afterRecord(batch, normalized, subtask.state(key));
      frozen += wasFrozen && normalized != null ? 1 : 0;
    }
  }

  @Provide
  Arbitrary<List<Event>> events() {
    Arbitrary<Event> arrives =
        Combinators.combine(
                Arbitraries.of(KEYS),
                Arbitraries.of(0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4),
                Arbitraries.of(true, false, false, false, false))
            .as(Arrives::new);
    return Arbitraries.<Event>frequencyOf(
            Tuple.of(12, arrives),
            Tuple.of(4, directives(Arbitraries.of(0, 0, 0, 1, 2, 3, 4, 4)).map(Directs::new)),
            Tuple.of(1, Arbitraries.of(1, 2, 3).map(Rescales::new)))
        .list()
        .ofMinSize(20)
        .ofMaxSize(60);
  }

  @Provide
  Arbitrary<List<Directive>> seeds() {
    return directives(Arbitraries.of(0, 2, 3, 3, 4, 4, 4, 4)).list().ofMinSize(3).ofMaxSize(8);
  }

  private static Arbitrary<Directive> directives(Arbitrary<Integer> kinds) {
    Arbitrary<String> keys = Arbitraries.of("a", "b", "c", Directive.ALL_KEYS);
    return Combinators.combine(keys, kinds, Arbitraries.integers().between(1, 6))
        .as(NoLeakPropertyTest::directive);
  }

  private static Directive directive(String key, int kind, int n) {
    return switch (kind) {
      case 0 -> Directive.freeze(key);
      case 1 -> Directive.unfreeze(key);
      case 2 -> Directive.reset(key);
      case 3 -> Directive.load(key, Published.statistics("loaded", n));
      default -> Directive.freeze(key).afterBatches(n);
    };
  }
}
