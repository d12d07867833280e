package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.types.Directive;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** From one subtask to three to two: the same bits as one that was never rescaled. */
class RescaleTest {
  private static final Directive FREEZE_ALL_LATER = Directive.freeze("*").afterBatches(5);

  private static Map<String, byte[]> state(Subtasks subtasks) throws Exception {
    Map<String, byte[]> state = new TreeMap<>();
    for (String key : Batches.KEYS) {
      state.put(key, subtasks.of(key).bytes(key));
    }
    return state;
  }

  private static void play(Subtasks subtasks, int... parallelisms) throws Exception {
    subtasks.direct(FREEZE_ALL_LATER);
    subtasks.direct(Directive.freeze("camera"));
    for (int phase = 0; phase < 3; phase++) {
      subtasks.batches(Batches.inTurn(2 * phase, 2 * phase + 2));
      subtasks.direct(Directive.load(Batches.KEYS.get(phase), Batches.statistics()));
      if (phase < parallelisms.length) {
        subtasks.rescale(parallelisms[phase]);
      }
    }
    subtasks.batches(Batches.inTurn(6, 8));
    subtasks.endOfInput();
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void givesTheBitsOfARunThatWasNeverRescaled(Backend backend) throws Exception {
    Job job = Job.on(backend).withStatisticsEvery(3);
    try (Subtasks steady = Subtasks.of(job, 1);
        Subtasks rescaled = Subtasks.of(job, 1)) {
      play(steady);
      play(rescaled, 3, 2);

      assertThat(rescaled.normalizedByKey())
          .isEqualTo(steady.normalizedByKey())
          .containsOnlyKeys(Batches.KEYS);
      assertThat(rescaled.statisticsByKey())
          .isEqualTo(steady.statisticsByKey())
          .containsOnlyKeys(Batches.KEYS);
      assertThat(rescaled.rejected())
          .containsExactlyInAnyOrderElementsOf(steady.rejected())
          .isNotEmpty();
      assertThat(state(rescaled)).usingRecursiveComparison().isEqualTo(state(steady));
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void everySubtaskHasAllDirectivesAfterIt(Backend backend) throws Exception {
    try (Subtasks subtasks = Subtasks.of(Job.on(backend), 1)) {
      subtasks.direct(FREEZE_ALL_LATER);
      subtasks.direct(Directive.reset("sensor"));
      Map<Long, Directive> before = subtasks.all().get(0).directives();

      for (int parallelism : new int[] {3, 2, 5, 1}) {
        subtasks.rescale(parallelism);

        assertThat(subtasks.all()).hasSize(parallelism);
        for (Subtask subtask : subtasks.all()) {
          assertThat(subtask.directives()).isEqualTo(before).hasSize(2);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void seedsAreNotTakenInAgainByNewSubtasks(Backend backend) throws Exception {
    Job job = Job.on(backend).withSeeds(FREEZE_ALL_LATER, Directive.reset("*").afterBatches(2));
    try (Subtasks subtasks = Subtasks.of(job, 2)) {
      subtasks.rescale(3);

      for (Subtask subtask : subtasks.all()) {
        assertThat(subtask.directives()).containsOnlyKeys(1L, 2L);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void everySubtaskCountsTheFrozenKeysThatItHasNow(Backend backend) throws Exception {
    try (Subtasks subtasks = Subtasks.of(Job.on(backend), 1)) {
      for (String key : Batches.KEYS.subList(0, 7)) {
        subtasks.direct(Directive.freeze(key));
      }
      subtasks.batches(Batches.inTurn(0, 1));
      subtasks.direct(Directive.unfreeze("sensor"));
      subtasks.batches(Batches.inTurn(1, 2));

      for (int parallelism : new int[] {3, 2, 1}) {
        subtasks.rescale(parallelism);

        assertThat(subtasks.frozenKeys()).isEqualTo(6);
        for (Subtask subtask : subtasks.all()) {
          assertThat(subtask.frozenKeys()).isEqualTo(frozenKeysOf(subtasks, subtask));
        }
      }
    }
  }

  private static long frozenKeysOf(Subtasks subtasks, Subtask subtask) throws Exception {
    long frozen = 0;
    for (String key : Batches.KEYS) {
      if (subtasks.of(key) == subtask && subtask.state(key).layer().frozen()) {
        frozen++;
      }
    }
    return frozen;
  }
}
