package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive;
import io.batchnorm.types.KeyState;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a savepoint has of slices is put together to what whole layers would have left. */
class SavedSlicesTest {
  private static final String KEY = "camera";

  private static KeyState joined(SlicedRun run) throws Exception {
    Map<Integer, KeyState> slices = new HashMap<>();
    for (int i = 0; i < 3; i++) {
      if (run.slice(KEY, i) != null) {
        slices.put(i, run.slice(KEY, i));
      }
    }
    return SavedLayers.joined(run.leader(KEY), run.turn(KEY), slices, 2);
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void isTheStateOfAWholeLayer(Backend backend) throws Exception {
    Job job =
        Job.on(backend)
            .withoutControl()
            .withSeeds(
                Directive.load(KEY, Batches.statistics()).afterBatches(2),
                Directive.freeze(KEY).afterBatches(4),
                Directive.reset(KEY).afterBatches(9));
    try (SlicedRun run = new SlicedRun(job, 2, 2, new Random(1));
        Subtask whole = job.open()) {
      for (int number = 0; number < 6; number++) {
        run.batch(Batches.of(KEY, number));
        whole.batch(Batches.of(KEY, number));
        run.deliverAll();

        assertThat(joined(run)).isEqualTo(whole.state(KEY));
      }
    }
  }

  /** Nothing but the end of input brings it to the key. */
  @ParameterizedTest
  @EnumSource(Backend.class)
  void hasWhatACommandOfARestoredJobDidAtTheEndOfInput(Backend backend) throws Exception {
    Job job = Job.on(backend);
    try (SlicedRun run = new SlicedRun(job, 2, 1, new Random(1))) {
      run.batch(Batches.of(KEY, 0));
      run.deliverAll();
      run.restore(job.withSeeds(Directive.reset(KEY)));

      run.endOfInput();

      assertThat(joined(run).layer().statistics()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void isRefusedWhereSlicesAreNotBehindTheSameBatch(Backend backend) throws Exception {
    try (SlicedRun run = new SlicedRun(Job.on(backend), 2, 1, new Random(1))) {
      run.batch(Batches.of(KEY, 0));
      run.deliverAll();
      run.batch(Batches.of(KEY, 1));

      assertThatThrownBy(() -> joined(run))
          .hasMessageContaining("slice 0 is not behind the same batch")
          .hasMessageContaining("take a savepoint");
      run.deliver(4);
      assertThatThrownBy(() -> joined(run)).hasMessageContaining("slice 1");
    }
  }

  /** It leaves the number of batches as it is, so that does not tell. */
  @ParameterizedTest
  @EnumSource(Backend.class)
  void isRefusedWhereALoadIsOnItsWayToASlice(Backend backend) throws Exception {
    RunningStatistics other =
        RunningStatistics.of(1, 8, new double[] {1, 2, 3}, new double[] {1, 1, 1});
    Directive load = Directive.load(KEY, other).afterBatches(1);
    try (SlicedRun run = new SlicedRun(Job.on(backend).withSeeds(load), 2, 1, new Random(1))) {
      run.batch(Batches.of(KEY, 0));
      while (run.slice(KEY, 1) == null || run.slice(KEY, 1).batches() < 2) {
        run.deliver(1);
      }

      assertThatThrownBy(() -> joined(run)).hasMessageContaining("not behind the same batch");
      run.deliverAll();
      assertThat(joined(run).layer().statistics()).contains(other);
    }
  }
}
